"""`type: decimal`: the person types a number."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar, Literal

from flow.expressions.values import number_of, tidy_number
from flow.question.answers import fit, read_label
from flow.question.buttons import MEANT
from flow.question.model import Plain
from flow.question.numbers import BIGGEST, read_numbers, read_plain
from flow.question.outcomes import Outcome, Unclear
from flow.question.scope import Scope
from flow.question.step import Kind, PlanStep
from flow.state.effects import Complain, Refused


class Decimal(Plain):
    """The person types a number."""

    type: Literal["decimal"]


class DecimalKind(Kind):
    """A number of any script's digits, below BIGGEST. `whole` is for `integer`, which is a decimal without a fraction."""

    type, synonyms = "decimal", ("float",)
    model: ClassVar[Any] = Decimal
    is_editable, is_number, complaint = True, True, "decimal"

    def read(self, step: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
        """A number, or what a button shows."""
        numbers = read_numbers(text)
        if len(numbers) > 1:
            return read_label(step, scope, text, ticks) or Unclear(numbers)
        if not numbers or (self.whole and type(numbers[0]) is float):
            return read_label(step, scope, text, ticks) or Complain(self.complaint)
        return self._take(step, scope, numbers[0])

    def press(self, step: PlanStep, scope: Scope, value: str) -> Outcome:
        """One of the two numbers that an unclear one could be."""
        number = read_plain(value.removeprefix(MEANT)) if value.startswith(MEANT) else None
        if number is None or (self.whole and number != int(number)):
            return Refused("stale")
        return self._take(step, scope, number)

    def _take(self, step: PlanStep, scope: Scope, number: int | float) -> Outcome:
        if not abs(number) < BIGGEST:
            return Complain("range", values={"start": str(1 - BIGGEST), "end": str(BIGGEST - 1)})
        return fit(step, scope, tidy_number(number))

    def default(self, step: PlanStep, scope: Scope, value: Any) -> int | float | None:
        """A number that could have been typed."""
        return number_within(value, self.whole)


def number_within(value: Any, whole: bool = False) -> int | float | None:
    """A value as a number below BIGGEST, without a fraction where it must be `whole`; None for what is none."""
    number = number_of(value)
    if number != number and isinstance(value, str):  # an author's 1e3 is no number in XPath
        with suppress(ValueError):
            number = float(value)
    if not abs(number) < BIGGEST or (whole and number != int(number)):  # not-a-number is not below anything
        return None
    return int(number) if whole else number


KIND = DecimalKind()
