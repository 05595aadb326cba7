"""The pure engine: a run, one input and the moment give the run as it is then and what is to be said. It sends nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from flow.editing import edit_latest
from flow.programme import Programme
from flow.question.answers import take_other, take_press, take_text
from flow.question.asking import make_ask, rows_of
from flow.question.outcomes import OwnWords, Taken, Ticked
from flow.question.place import BrokenContent, PlanStep
from flow.state.context import Context, Turn
from flow.state.effects import Complain, Effect, Ended, Refused, Retick, Settle
from flow.state.history import is_worn
from flow.state.inputs import Back, Edited, Elapsed, Input, Leave, Other, Press, Show, Text
from flow.state.passages import first_passage
from flow.state.run import Run
from flow.walk import Walk

__all__ = ["Context", "Turn", "begin", "resume"]

Handle = Callable[[Walk, PlanStep, Any], None]


def begin(programme: Programme, flow: str, number: int, context: Context, now: datetime) -> Turn:
    """Begin a flow as the person's run `number`; `now` is aware. A flow that is not there gives a run that is `broken`."""
    stamp = now.astimezone(UTC).isoformat()
    seed = crc32(f"{programme.name}/{flow}/{number}/{stamp}/{context.first_name}".encode("utf-8", "replace"))
    run = Run(
        number,
        programme.name,
        flow,
        programme.digest,
        "open",
        stamp,
        None,
        seed,
        flow,
        (),
        0,
        None,
        0,
        None,
        (),
        False,
        (),
        -1,
        (),
        1,
        first_passage(flow),
    )
    return _moved(programme, run, context, now, None, None)


def resume(programme: Programme, run: Run, input: Input, context: Context, now: datetime) -> Turn:
    """What an input does to an open run. Never raises for any input; one that changes nothing leaves the run as it is."""
    if run.status != "open" or run.step is None:
        return Turn(run, (Refused("closed"),))
    handle = _HANDLERS.get(type(input))
    if handle is None:
        return Turn(run, (Refused("stale"),))
    if isinstance(input, _NUMBERED) and input.ask != run.ask:
        return Turn(run, (Refused("stale"),))
    return _moved(programme, run, context, now, handle, input)


def _moved(programme: Programme, run: Run, context: Context, now: datetime, handle: Handle | None, input: Any) -> Turn:
    """`handle` moves the walk on by the input; None: it begins."""
    try:
        walk = Walk(programme, run, context, now)
    except BrokenContent as error:
        return _break_off(run, str(error), now)
    try:
        if handle is None:
            walk.go_on(0)
        else:
            handle(walk, _open_place(walk), input)
    except BrokenContent as error:
        walk.break_off(str(error))
    return walk.turn()


def _break_off(run: Run, detail: str, now: datetime) -> Turn:
    """Not even the flow of the run is there."""
    plain = {**run.to_dict(), "status": "broken", "ended_at": now.astimezone(UTC).isoformat(), "step": None, "asked_at": None}
    settled: tuple[Effect, ...] = (Settle(run.ask),) if run.step is not None else ()
    return Turn(Run.from_dict(plain), (*settled, Ended("broken", detail)))


def _open_place(walk: Walk) -> PlanStep:
    place = walk.plan.by_name.get(walk.step or "")
    if place is None:
        walk.effects.append(Settle(walk.ask))
        raise BrokenContent(f"there is no step {walk.current}.{walk.step}")
    return place


def _press(walk: Walk, place: PlanStep, input: Press) -> None:
    _apply(walk, place, take_press(place, walk.scope, input.value, walk.ticks))


def _text(walk: Walk, place: PlanStep, input: Text) -> None:
    _apply(walk, place, take_text(place, walk.scope, input.text, walk.ticks, walk.typing))


def _other(walk: Walk, place: PlanStep, input: Other) -> None:
    walk.effects.append(take_other(place, walk.typing))


def _apply(walk: Walk, place: PlanStep, outcome: Any) -> None:
    match outcome:
        case Taken(value, chosen):
            walk.answer(place, value if place.seconds is None else _waited(walk, place.seconds), chosen)
        case Ticked(ticks):
            walk.ticks, walk.typing = ticks, False
            walk.effects.append(Retick(walk.ask, rows_of(place, walk.scope, ticks)))
        case OwnWords():
            walk.typing = True
            walk.effects.append(Complain("other"))
        case _:
            walk.effects.append(outcome)


def _waited(walk: Walk, whole: float) -> int | float:
    """Seconds since the timer was shown, at most its own."""
    asked = datetime.fromisoformat(walk.asked_at or walk.stamp)
    asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)  # a host may have put in its own time of sending
    passed = (datetime.fromisoformat(walk.stamp) - asked).total_seconds()
    return _tidy(round(min(whole, max(0.0, passed)), 1))


def _tidy(seconds: float) -> int | float:
    return int(seconds) if seconds == int(seconds) else seconds


def _elapsed(walk: Walk, place: PlanStep, input: Elapsed) -> None:
    """A timer that ran out is answered; a question that expired stays empty and leads to its `on_expiry`."""
    if place.seconds is not None:
        walk.answer(place, _tidy(place.seconds), ())
    elif place.step.expires is not None:
        walk.answer(place, None, (), place.below if place.expiry is None else place.expiry)
    else:
        walk.effects.append(Refused("stale"))


def _back(walk: Walk, place: PlanStep, input: Back) -> None:
    """The previous question again, wherever it lies; what was answered since is taken back once it is answered anew."""
    if not walk.trail or is_worn(walk.answers):
        walk.effects.append(Refused("worn" if walk.trail else "first"))
        return
    walk.effects.append(Settle(walk.ask))
    before, value = walk.turn_back()
    walk.ask_step(before, tuple(value) if isinstance(value, list | tuple) else None)


def _show(walk: Walk, place: PlanStep, input: Show) -> None:
    walk.effects.append(make_ask(place, walk.scope, walk.ask, walk.ticks))
    if walk.typing:
        walk.effects.append(Complain("other"))


def _leave(walk: Walk, place: PlanStep, input: Leave) -> None:
    walk.effects.append(Settle(walk.ask))
    walk.end(input.status if input.status in ("left", "expired") else "left")


_NUMBERED = (Press, Elapsed)
_HANDLERS: dict[type, Handle] = {
    Press: _press,
    Text: _text,
    Other: _other,
    Elapsed: _elapsed,
    Back: _back,
    Show: _show,
    Leave: _leave,
    Edited: edit_latest,
}
