"""`type: text`: the person types words."""

from collections.abc import Sequence
from typing import Any, Literal

from flow.question.answers import fit
from flow.question.asking import LONGEST_TEXT
from flow.question.model import Plain
from flow.question.outcomes import Outcome
from flow.question.scope import Scope
from flow.question.step import Kind, PlanStep
from flow.question.texts import show_value
from flow.state.effects import Complain


class Text(Plain):
    """The person types words."""

    type: Literal["text"]


class TextKind(Kind):
    """The words as they were typed."""

    type, model, synonyms = "text", Text, ("string", "question", "input", "email", "phone", "url")
    is_editable, complaint = True, "words"

    def read(self, step: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
        """Any words but none."""
        if not text.strip():
            return Complain("required", scope.fill(step.required_message))
        return fit(step, scope, text)

    def default(self, step: PlanStep, scope: Scope, value: Any) -> str | None:
        """Words that could have been typed."""
        words = show_value(value)
        return words if words.strip() and len(words) <= LONGEST_TEXT else None


KIND = TextKind()
