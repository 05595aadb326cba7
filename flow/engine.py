"""The pure engine: a run, one input and the moment give the run as it is then and what is to be said. It sends nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from flow.editing import edit_latest
from flow.programme import Programme
from flow.question.answers import take_other, take_press, take_text
from flow.question.asking import make_ask, rows_of
from flow.question.buttons import MEANT
from flow.question.outcomes import OwnWords, Taken, Ticked, Unclear
from flow.question.step import BrokenContent, PlanStep
from flow.question.texts import show_value
from flow.state.context import Context, Turn
from flow.state.effects import Button, Complain, Effect, Ended, Refused, Retick, Settle
from flow.state.history import is_worn
from flow.state.inputs import Back, Edited, Elapsed, Input, Leave, Other, Press, Show, Text
from flow.state.run import Run
from flow.walker import Walker

__all__ = ["Context", "Turn", "begin", "resume"]

Handle = Callable[[Walker, PlanStep, Any], None]


def begin(programme: Programme, flow: str, number: int, context: Context, now: datetime) -> Turn:
    """Begin a flow as the person's run `number`; `now` is aware. A flow that is not there gives a run that is `broken`."""
    stamp = now.astimezone(UTC).isoformat()
    seed = crc32(f"{programme.name}/{flow}/{number}/{stamp}/{context.first_name}".encode("utf-8", "replace"))
    run = Run.begun(number, programme.name, flow, programme.digest, stamp, seed)
    return _moved(programme, run, context, now, None, None)


def resume(programme: Programme, run: Run, input: Input, context: Context, now: datetime) -> Turn:
    """Apply an input to an open run. Never raises for any input; one that changes nothing leaves the run as it is."""
    if run.status != "open" or run.step is None:
        return Turn(run, (Refused("closed"),))
    handle = _HANDLERS.get(type(input))
    if handle is None:
        return Turn(run, (Refused("stale"),))
    if isinstance(input, _NUMBERED) and input.question_number != run.question_number:
        return Turn(run, (Refused("stale"),))
    return _moved(programme, run, context, now, handle, input)


def _moved(programme: Programme, run: Run, context: Context, now: datetime, handle: Handle | None, input: Any) -> Turn:
    """`handle` moves the walk on by the input; None: it begins."""
    try:
        walker = Walker(programme, run, context, now)
    except BrokenContent as error:
        return _break_off(run, str(error), now)
    try:
        if handle is None:
            walker.go_on(0)
        else:
            handle(walker, _open_step(walker), input)
    except BrokenContent as error:
        walker.break_off(str(error))
    return walker.turn()


def _break_off(run: Run, detail: str, now: datetime) -> Turn:
    """Not even the flow of the run is there."""
    plain = {**run.to_dict(), "status": "broken", "ended_at": now.astimezone(UTC).isoformat(), "step": None, "asked_at": None}
    settled: tuple[Effect, ...] = (Settle(run.question_number),) if run.step is not None else ()
    return Turn(Run.from_dict(plain), (*settled, Ended("broken", detail)))


def _open_step(walker: Walker) -> PlanStep:
    step = walker.plan.by_name.get(walker.step or "")
    if step is None:
        walker.effects.append(Settle(walker.question_number))
        raise BrokenContent(f"there is no step {walker.current}.{walker.step}")
    return step


def _press(walker: Walker, step: PlanStep, input: Press) -> None:
    _apply(walker, step, take_press(step, walker.scope, input.value, walker.ticks))


def _text(walker: Walker, step: PlanStep, input: Text) -> None:
    _apply(walker, step, take_text(step, walker.scope, input.text, walker.ticks, walker.typing))


def _other(walker: Walker, step: PlanStep, input: Other) -> None:
    walker.effects.append(take_other(step, walker.typing))


def _apply(walker: Walker, step: PlanStep, outcome: Any) -> None:
    match outcome:
        case Taken(value, chosen):
            walker.answer(step, value if step.seconds is None else _waited(walker, step.seconds), chosen)
        case Ticked(ticks):
            walker.ticks, walker.typing = ticks, False
            walker.effects.append(Retick(walker.question_number, rows_of(step, walker.scope, ticks)))
        case Unclear(numbers):
            walker.effects.append(_ask_back(numbers))
        case OwnWords():
            walker.typing = True
            walker.effects.append(Complain("other"))
        case _:
            walker.effects.append(outcome)


def _ask_back(numbers: tuple[int | float, ...]) -> Complain:
    words = [show_value(number) for number in numbers]
    buttons = tuple(Button(word, MEANT + word) for word in words)
    return Complain("which_number", values={"first": words[0], "second": words[1]}, rows=(buttons,))


def _waited(walker: Walker, whole: float) -> int | float:
    """Seconds since the timer was shown, at most its own."""
    asked = datetime.fromisoformat(walker.context.asked.get("sent_at") or walker.asked_at or walker.stamp)
    asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)  # a host may have put in its own time of sending
    passed = (datetime.fromisoformat(walker.stamp) - asked).total_seconds()
    return _tidy(round(min(whole, max(0.0, passed)), 1))


def _tidy(seconds: float) -> int | float:
    return int(seconds) if seconds == int(seconds) else seconds


def _elapsed(walker: Walker, step: PlanStep, input: Elapsed) -> None:
    """A timer that ran out is answered; a question that expired stays empty and leads to its `on_expiry`."""
    if step.seconds is not None:
        walker.answer(step, _tidy(step.seconds), ())
    elif step.model.expires is not None:
        walker.answer(step, None, (), step.below if step.expiry is None else step.expiry)
    else:
        walker.effects.append(Refused("stale"))


def _back(walker: Walker, step: PlanStep, input: Back) -> None:
    """The previous question again, wherever it lies; what was answered since is taken back once it is answered anew."""
    if not walker.trail or is_worn(walker.answers):
        walker.effects.append(Refused("worn" if walker.trail else "first"))
        return
    walker.effects.append(Settle(walker.question_number))
    before, value = walker.turn_back()
    walker.ask_step(before, tuple(value) if isinstance(value, list | tuple) else None)


def _show(walker: Walker, step: PlanStep, input: Show) -> None:
    walker.effects.append(make_ask(step, walker.scope, walker.question_number, walker.ticks))
    if walker.typing:
        walker.effects.append(Complain("other"))


def _leave(walker: Walker, step: PlanStep, input: Leave) -> None:
    walker.effects.append(Settle(walker.question_number))
    walker.end(input.status if input.status in ("left", "expired") else "left")


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
