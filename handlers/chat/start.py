"""/start, and the buttons on the way in: a programme, consent, Continue or Start again."""

from flow.state.inputs import Show
from handlers.chat.entering import choose_programme, enter, offer_open, restart_open
from handlers.due.expiry import close_if_over
from handlers.visit.visit import Visit


async def start(visit: Visit) -> None:
    """/start, with or without a deep link."""
    payload = visit.arrival.payload
    target = visit.bot.catalogue.find_link(payload) if payload else None
    if payload and target is None:
        visit.say_sentence("unknown_link")
    close_if_over(visit)
    if visit.run is not None:
        offer_open(visit, target)
    elif target is not None:
        enter(visit, *target)
    else:
        choose_programme(visit)


async def choose(visit: Visit, word: str) -> None:
    """A press on a programme."""
    visit.settle_pressed()
    target = visit.bot.catalogue.find_target(word)
    if target is None:
        _lead_on(visit)
    elif visit.run is not None:
        offer_open(visit, target)
    else:
        enter(visit, *target)


async def consent(visit: Visit, answer: str, word: str) -> None:
    """A press on Agree or No thanks; the latter leaves nothing of a new person here."""
    target = visit.bot.catalogue.find_target(word)
    visit.settle_pressed()
    if target is None:
        _lead_on(visit)
        return
    programme, flow = target
    if programme.name in visit.record.consents or visit.run is not None:
        visit.toast = visit.sentence("stale")
    elif answer == "yes":
        visit.change(consents={**visit.record.consents, programme.name: visit.now.isoformat()})
        enter(visit, programme, flow)
    elif visit.record.consents or visit.record.run_count:
        visit.say_sentence("consent_not_here", title=programme.title)
    else:
        visit.forget_all("consent_declined")


async def go_on(visit: Visit, word: str, target: str) -> None:
    """A press on Continue, Start again or Start “…”."""
    visit.settle_pressed()
    if word == "link":
        _follow(visit, target)
    elif visit.run is None or target != str(visit.run.number):
        visit.toast = visit.sentence("stale")
    elif word == "continue":
        visit.resume(Show())
    else:
        restart_open(visit)


def _lead_on(visit: Visit) -> None:
    """The button's target is there no longer; an open flow stays as it is."""
    visit.say_sentence("unknown_link")
    if visit.run is not None:
        visit.resume(Show())
    else:
        choose_programme(visit)


def _follow(visit: Visit, word: str) -> None:
    target = visit.bot.catalogue.find_target(word)
    if target is None:
        visit.say_sentence("unknown_link")
        return
    if visit.run is not None:
        visit.leave()
    enter(visit, *target)
