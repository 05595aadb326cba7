"""Endings by themselves: a question that nobody answered in time (`expires`), a flow that was left open
(`inactivity.expire_after`).

A question's time begins when it was sent, not when it was to be sent. The next step waits for the end of quiet hours. A flow is
closed in silence, its answers kept. Nothing is decided while the person blocks the bot: it is as soon as they are back.
"""

from datetime import datetime, timedelta

from flow.programme import Programme
from flow.question.step import PlanStep
from flow.state.inputs import Elapsed, Leave
from flow.state.run import Run
from flow.times.local_time import after_quiet
from handlers.visit.answer_facts import first_sent
from handlers.visit.visit import Visit


def next_expiry(visit: Visit) -> datetime | None:
    """When the first of the two is over, None: neither will be."""
    step = _open_step(visit)
    if step is None or (step.model.expires is None and _span(visit) is None):
        return None
    moments = (_question_ends(visit, step), _flow_ends(visit, step))
    return min((moment for moment in moments if moment is not None), default=None)


def expire(visit: Visit) -> bool:
    """End what is over by now; whether anything was."""
    step = _open_step(visit)
    if step is None or visit.run is None:
        return False
    flow_ends, question_ends = _flow_ends(visit, step), _question_ends(visit, step)
    if flow_ends is not None and flow_ends <= visit.now:
        visit.resume(Leave("expired"))
    elif question_ends is not None and question_ends <= visit.now:
        visit.resume(Elapsed(visit.run.question_number))
    else:
        return False
    return True


def close_if_over(visit: Visit) -> None:
    """Before what the person says now: the open flow, if it was left alone for too long until then and nobody has looked yet."""
    step = _open_step(visit) if _span(visit) is not None else None
    ends = _flow_ends(visit, step, visit.heard_at) if step is not None else None
    if ends is not None and ends < visit.now:
        visit.resume(Leave("expired"))


def could_expire(visit: Visit, run: Run | None) -> bool:
    """Whether the question that was open in `run`, which is or was the visit's, waits for a while only."""
    step = _place_of(visit.content, run)
    return step is not None and step.model.expires is not None


def _span(visit: Visit) -> float | None:
    """Seconds of silence after which an open flow is closed."""
    return visit.content.inactivity.expire_after if visit.content is not None else None


def _open_step(visit: Visit) -> PlanStep | None:
    """The open question; None while nothing is to end because the bot is blocked."""
    return _place_of(visit.content, visit.run) if visit.record.blocked_at is None else None


def _place_of(content: Programme | None, run: Run | None) -> PlanStep | None:
    """A run's question in the content that it was asked with."""
    if run is None or content is None or run.step is None:
        return None
    plan = content.plans.get(run.current)
    return plan.by_name.get(run.step) if plan is not None else None


def _question_ends(visit: Visit, step: PlanStep) -> datetime | None:
    span = step.model.expires
    if span is None or step.seconds is not None:
        return None
    ends = max(_asked_at(visit) + timedelta(seconds=span), visit.now)
    remind = visit.content.remind if visit.content is not None else None
    return after_quiet(ends, remind.quiet if remind is not None else None, visit.zone)


def _asked_at(visit: Visit) -> datetime:
    """When the open question was sent first; while it is on its way that is not before now."""
    assert visit.run is not None, "a question is open"
    sent = first_sent(visit.sent, visit.question_key)
    if sent is not None:
        return datetime.fromisoformat(sent)
    if any(item.get("token") == visit.question_key for item in (*visit.unsent, *visit.items)):
        return visit.now
    return datetime.fromisoformat(visit.run.asked_at or visit.run.began_at)  # Telegram refused it in every form


def _flow_ends(visit: Visit, step: PlanStep, heard: str = "") -> datetime | None:
    """`heard`: when the person was heard last (ISO 8601), unless it is now. A countdown is no silence."""
    assert visit.run is not None, "a question is open"
    span = _span(visit)
    if span is None:
        return None
    silence = timedelta(seconds=span + (step.seconds or 0.0))
    if not heard and visit.arrival.is_heard:
        return visit.now + silence
    return datetime.fromisoformat(max(heard or visit.record.seen_at, visit.run.asked_at or "")) + silence
