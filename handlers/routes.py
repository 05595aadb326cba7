"""The one table: a command, a button or a message -> the function that handles it."""

from collections.abc import Awaitable, Callable

from handlers.absence import returned
from handlers.admin import notice, reload, stats
from handlers.arrivals import MESSAGE_KINDS, Arrival
from handlers.information import show_help, unknown_command, unknown_press
from handlers.keyboards import read_press
from handlers.membership import membership
from handlers.menu import begin, menu
from handlers.privacy import decide, forget, mydata, privacy
from handlers.progress import progress
from handlers.questions import edited, elapsed, press, words
from handlers.reminders import choose_pause, pause, resume
from handlers.settings import choose_zone, settings
from handlers.start import choose, consent, go_on, start
from handlers.visit import Visit
from handlers.wakes import wake
from handlers.walking import back, cancel, restart

Handler = Callable[[Visit], Awaitable[None]]

COMMANDS: dict[str, Handler] = {
    "start": start,
    "menu": menu,
    "progress": progress,
    "back": back,
    "restart": restart,
    "cancel": cancel,
    "settings": settings,
    "pause": pause,
    "resume": resume,
    "help": show_help,
    "privacy": privacy,
    "mydata": mydata,
    "forget": forget,
}

ADMIN_COMMANDS: dict[str, Handler] = {"stats": stats, "reload": reload}

PRESSES: dict[str, tuple[Callable[..., Awaitable[None]], int]] = {
    "f": (begin, 1),
    "p": (choose, 1),
    "c": (consent, 2),
    "o": (go_on, 2),
    "x": (decide, 1),
    "z": (choose_pause, 1),
    "t": (choose_zone, 2),
}  # the letter of the callback data -> handler and how many words it takes

KINDS: dict[str, Handler] = {
    "text": words,
    "edited": edited,
    "elapsed": elapsed,
    "member": membership,
    "notice": notice,
    "returned": returned,
    "wake": wake,
    **dict.fromkeys((kind for kind in MESSAGE_KINDS if kind != "text"), words),
    "other": words,
}


async def handle(visit: Visit) -> None:
    """Find the function and call it."""
    arrival = visit.arrival
    if arrival.kind == "press":
        await _press(visit)
    elif command := arrival.command:
        await _command(visit, command)
    else:
        await KINDS[arrival.kind](visit)


async def _command(visit: Visit, command: str) -> None:
    if command in ADMIN_COMMANDS and visit.person in visit.house.admins:
        await ADMIN_COMMANDS[command](visit)
    else:
        await COMMANDS.get(command, unknown_command)(visit)


async def _press(visit: Visit) -> None:
    pressed = read_press(visit.arrival.data)
    if pressed is None:
        await unknown_press(visit)
    elif pressed.verb == "q":
        await press(visit)
    elif pressed.verb == "m":
        await menu(visit)
    else:
        handler, count = PRESSES[pressed.verb]
        await (handler(visit, *pressed.words) if len(pressed.words) == count else unknown_press(visit))


def is_answer(arrival: Arrival) -> bool:
    """Whether this is what `process_question` counts: words or a press on a question."""
    return arrival.data.startswith("q:") if arrival.kind == "press" else arrival.kind == "text" and not arrival.command
