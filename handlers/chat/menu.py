"""/menu and the presses on it."""

from handlers.chat.entering import choose_programme, enter, offer_open
from handlers.chat.menu_page import show_menu
from handlers.visit.visit import Visit


async def menu(visit: Visit) -> None:
    """/menu, or the button below a closing message: the person's programme, the only one, else which."""
    live = visit.bot.catalogue.live
    programme = live.get(visit.record.programme or "") or (next(iter(live.values())) if len(live) == 1 else None)
    if programme is None:
        choose_programme(visit)
    else:
        show_menu(visit, programme)


async def begin(visit: Visit, word: str) -> None:
    """A press on a flow of the menu; the menu stays for another time."""
    target = visit.bot.catalogue.find_target(word)
    if target is None:
        visit.clear_pressed()
        visit.say_sentence("unknown_link")
        await menu(visit)
    elif visit.run is not None:
        offer_open(visit, target)
    else:
        enter(visit, *target)
