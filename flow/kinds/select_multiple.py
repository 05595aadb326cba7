"""`type: select_multiple`: the person ticks choices, then presses Done."""

from collections.abc import Sequence
from typing import Literal

from flow.kinds.select_one import Select, SelectKind
from flow.question.asking import default_value, own_words
from flow.question.outcomes import Outcome, Ticked
from flow.question.scope import Scope
from flow.question.step import Option, PlanStep
from flow.question.texts import show_value


class SelectMultiple(Select):
    """The person ticks choices, then presses Done."""

    type: Literal["select_multiple"]


class SelectMultipleKind(SelectKind):
    """Names in the order of the choices, words of one's own behind them."""

    type, model, synonyms = "select_multiple", SelectMultiple, ("checkbox", "multiple")
    many = True

    def choose(self, step: PlanStep, scope: Scope, option: Option, ticks: Sequence[str]) -> Outcome:
        """The tick comes or goes."""
        chosen = set(ticks) ^ {option.answer}
        names = [one.answer for one in step.options if one.answer in chosen]
        words = own_words(step, ticks)
        return Ticked((*names, words) if words else tuple(names))

    def own_words(self, step: PlanStep, scope: Scope, words: str, ticks: Sequence[str]) -> Outcome:
        """The words are ticked too; those of a choice tick that choice."""
        chosen = {*ticks, words}
        names = [option.answer for option in step.options]
        kept = tuple(name for name in names if name in chosen)
        return Ticked(kept if words in names else (*kept, words))

    def first_ticks(self, step: PlanStep, scope: Scope) -> tuple[str, ...]:
        """The default: a list, or XLSForm's words with blanks between."""
        value = default_value(step, scope)
        names = value if isinstance(value, list | tuple) else show_value(value).split() if not isinstance(value, dict) else ()
        wanted = {show_value(name) for name in names}
        return tuple(option.answer for option in step.options if option.answer in wanted)


KIND = SelectMultipleKind()
