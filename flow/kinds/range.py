"""`type: range`: the person presses a number."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from flow.expressions.values import text_of, tidy_number
from flow.kinds.decimal import number_within
from flow.question.answers import fit_option, read_label
from flow.question.model import BaseStep, Model, Word
from flow.question.numbers import read_numbers
from flow.question.outcomes import Outcome, Unclear
from flow.question.scope import Scope
from flow.question.step import Kind, Option, PlanStep
from flow.question.texts import Template, show_value
from flow.state.effects import Complain, Rich

MOST_NUMBERS = 96  # buttons of a range


class RangeParameters(Model):
    """The numbers of a range: from `start` to `end` by `step`."""

    start: float = Field(default=1, allow_inf_nan=False)
    end: float = Field(default=10, allow_inf_nan=False)
    step: float = Field(default=1, allow_inf_nan=False)


class Range(BaseStep):
    """The person presses a number; `labels` say what some of them mean."""

    type: Literal["range"]
    parameters: RangeParameters = RangeParameters()
    labels: dict[float, Word] = Field(default_factory=dict)


class RangeKind(Kind):
    """One of the numbers, pressed or typed. Without numbers nobody can be asked."""

    type, model, synonyms = "range", Range, ("scale", "slider")
    is_editable, is_number, is_scale, complaint = True, True, True, "button"

    def faults(self, model: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Numbers that never come to the end, or are more than Telegram shows."""
        given = model.get("parameters")
        if not isinstance(given, dict):
            return
        start, end, width = (given.get(key, default) for key, default in (("start", 1), ("end", 10), ("step", 1)))
        if any(not isinstance(value, int | float) or isinstance(value, bool) for value in (start, end, width)):
            return  # the model tells
        if width == 0 or (end - start) / width < 0:
            yield "parameters", f"from {start} no step of {width} comes to {end}"
        elif (end - start) / width + 1e-9 >= MOST_NUMBERS:
            words = f"from {start} to {end} by {width} are more than {MOST_NUMBERS} buttons, more than Telegram shows"
            yield "parameters", words

    def prepare(self, step: PlanStep, model: Range) -> None:
        """Its numbers."""
        step.options = _numbers_of(model)
        step.is_asked = bool(step.options)

    def hint(self, model: Range) -> str:
        """The hint, and below it what the labelled numbers mean."""
        meanings = " · ".join(f"{text_of(tidy_number(number))} = {word}" for number, word in sorted(model.labels.items()))
        return "\n".join(part for part in (model.hint or "", meanings) if part)

    def read(self, step: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
        """One of the numbers, or what a button shows."""
        typed = read_numbers(text)
        if not typed:
            return read_label(step, scope, text, ticks) or Complain("range", values=_bounds(step))
        meant = [option for option in step.options for number in typed if abs(option.answer - number) < 1e-9]
        if len(meant) > 1:
            return Unclear(typed)
        if meant:
            return fit_option(step, scope, meant[0])
        number = typed[-1]
        numbers = [option.answer for option in step.options]
        inside = numbers and min(numbers) <= number <= max(numbers)
        return Complain("step" if inside else "range", values=_bounds(step))

    def choose(self, step: PlanStep, scope: Scope, option: Option, ticks: Sequence[str]) -> Outcome:
        """The number on the button."""
        return fit_option(step, scope, option)

    def default(self, step: PlanStep, scope: Scope, value: Any) -> int | float | None:
        """One of its numbers."""
        number = number_within(value)
        return next((option.answer for option in step.options if option.answer == number), None)


def _numbers_of(model: Range) -> tuple[Option, ...]:
    start, end, width = model.parameters.start, model.parameters.end, model.parameters.step
    if width == 0 or (end - start) / width < 0:
        return ()
    count = min(MOST_NUMBERS, int((end - start) / width + 1e-9) + 1)
    numbers = [tidy_number(round(start + index * width, 9)) for index in range(count)]
    return tuple(
        Option(str(index), number, Template(words := text_of(number), (words,), (), Rich(words)))
        for index, number in enumerate(numbers)
    )


def _bounds(step: PlanStep) -> dict[str, str]:
    numbers = sorted(option.answer for option in step.options) or [0]
    width = numbers[1] - numbers[0] if len(numbers) > 1 else 1
    return {"start": text_of(numbers[0]), "end": text_of(numbers[-1]), "step": show_value(width)}


KIND = RangeKind()
