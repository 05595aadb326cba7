"""`type: acknowledge`: the person presses OK, or the one choice that renames it."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from flow.question.answers import fit_option, read_label
from flow.question.buttons import OK, WORDS
from flow.question.model import Choices, Plain
from flow.question.outcomes import Outcome
from flow.question.scope import Scope
from flow.question.step import Kind, Option, PlanStep
from flow.question.texts import compile_text
from flow.state.effects import Complain


class Acknowledge(Plain):
    """The person presses OK, or the one choice that renames it."""

    type: Literal["acknowledge"]
    choices: Annotated[Choices, Field(max_length=1)] | None = None


class AcknowledgeKind(Kind):
    """True once it was pressed."""

    type, model, synonyms = "acknowledge", Acknowledge, ("button",)

    def prepare(self, step: PlanStep, model: Acknowledge) -> None:
        """Its one button."""
        step.is_asked = True
        step.options = (Option(OK, True, compile_text(model.choices[0].label if model.choices else WORDS[OK])),)

    def read(self, step: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
        """The button's label."""
        return read_label(step, scope, text, ticks) or Complain(self.complaint)

    def choose(self, step: PlanStep, scope: Scope, option: Option, ticks: Sequence[str]) -> Outcome:
        """Pressed."""
        return fit_option(step, scope, option)


KIND = AcknowledgeKind()
