"""The one message after a flow: what was done, what comes next, and the menu as a button."""

import logging
from datetime import datetime

from flow.schedule import DUE, OVER, day_done
from flow.state.effects import Ended
from flow.state.run import Run
from handlers.chat.settings import ask_zone_once
from handlers.visit.visit import Visit

logger = logging.getLogger("waymark.closing")


def say_closing(visit: Visit, run: Run, effect: Ended) -> None:
    """Call once for the run that ended in this visit, after its handler."""
    if effect.status == "done":
        visit.say(_closing(visit, run), visit.menu_markup)
        programme = visit.bot.catalogue.live.get(run.programme)
        if programme is not None and programme.remind is not None and programme.days:
            ask_zone_once(visit)
    elif effect.status == "left":
        visit.say_sentence("left", visit.menu_markup, title=visit.flow_title(run))
    elif effect.status == "broken":
        logger.error("programme %s, flow %s: a run broke off: %s", run.programme, run.flow, effect.detail)
        visit.say_sentence("broken", visit.menu_markup)


def _closing(visit: Visit, run: Run) -> str:
    done = visit.sentence("closing", title=visit.flow_title(run))
    programme = visit.bot.catalogue.live.get(run.programme)
    if programme is None or run.flow not in programme.days:
        return done
    began_at = datetime.fromisoformat(run.began_at)
    moment = None if visit.bot.clocks.knows(visit.record) else began_at
    done_now = day_done(visit.progress(programme.name), run.flow, began_at.astimezone(visit.zone).date(), moment)
    visit.set_progress(programme.name, done_now)
    due = visit.due(programme)
    if due.reason == OVER:
        return f"{done} {visit.sentence('closing_last', programme=programme.title)}"
    following = programme.flows[programme.days[due.number - 1]].title
    return f"{done} {visit.sentence('closing_now' if due.reason == DUE else 'closing_next', next=following)}"
