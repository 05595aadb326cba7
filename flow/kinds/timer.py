"""`type: timer`: a countdown that the person watches, or skips."""

from typing import Literal

from pydantic import Field

from flow.question.model import Plain
from flow.question.step import Kind, PlanStep

LONGEST_TIMER = 86_400  # seconds


class Timer(Plain):
    """A countdown of `seconds` that the person watches, or skips."""

    type: Literal["timer"]
    seconds: float = Field(gt=0, le=LONGEST_TIMER, allow_inf_nan=False)


class TimerKind(Kind):
    """The seconds that were waited, all of them or until Skip."""

    type, model, synonyms = "timer", Timer, ("wait", "pause", "countdown")
    is_number, is_timed = True, True

    def prepare(self, step: PlanStep, model: Timer) -> None:
        """How long it runs."""
        step.is_asked, step.seconds = True, model.seconds


KIND = TimerKind()
