"""`type: select_one`: the person presses one choice. Everything that both selects share is here too."""

from collections.abc import Sequence
from typing import Any, Literal

from flow.question.answers import fit, fit_option, take_press
from flow.question.asking import rows_of, shown_options
from flow.question.buttons import OTHER, find_pressed
from flow.question.model import Choice, Choices, Plain
from flow.question.numbers import read_number
from flow.question.outcomes import Outcome
from flow.question.scope import Scope
from flow.question.step import Kind, Option, PlanStep, compile_or_keep
from flow.question.texts import compile_text, show_value, strip_markup
from flow.state.effects import Complain, Media


class Select(Plain):
    """The fields of both selects."""

    choices: Choices
    or_other: bool = False
    choice_filter: str | None = None


class SelectOne(Select):
    """The person presses one choice."""

    type: Literal["select_one"]


def _make_option(value: str, choice: Choice) -> Option:
    image = Media("image", choice.image) if choice.image else None
    return Option(value, choice.name, compile_text(strip_markup(choice.label)), image)


def _shows_digits(options: Sequence[Option], scope: Scope) -> bool:
    """Whether a typed number could be meant as a part of a label: of “None” and “3 or more”, 2 is not the second."""
    return any(character.isdigit() for option in options for character in option.label.plain(scope))


class SelectKind(Kind):
    """Choices, Other and typed words, for both selects."""

    is_choice = True

    def prepare(self, step: PlanStep, model: Select) -> None:
        """Its choices, what filters and shuffles them, and whether words of one's own may be typed."""
        step.is_asked = True
        step.options = tuple(
            Option(
                str(index),
                choice.name,
                compile_text(strip_markup(choice.label)),
                Media("image", choice.image) if choice.image else None,
            )
            for index, choice in enumerate(model.choices)
        )
        fixed = all(option.label.rich is not None for option in step.options)
        step.labels = {option.answer: option.label.source for option in step.options} if fixed else None
        step.choice_filter = None if model.choice_filter is None else compile_or_keep(model.choice_filter, choice_filter=True)
        step.randomize, step.or_other = model.parameters.randomize, model.or_other

    def read(self, step: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
        """A button's label, words of one's own after Other, or a choice's place in the list."""
        pressed = find_pressed(rows_of(step, scope, ticks), text)
        if pressed is not None and not (typing and pressed == OTHER):
            return take_press(step, scope, pressed, ticks)
        if typing:
            words = text.strip()
            return self.own_words(step, scope, words, ticks) if words else Complain("other")
        number, options = read_number(text), shown_options(step, scope)
        if type(number) is int and 1 <= number <= len(options) and not _shows_digits(options, scope):
            return self.choose(step, scope, options[number - 1], ticks)
        return Complain("button")


class SelectOneKind(SelectKind):
    """One name, or words of one's own."""

    type, model, synonyms = "select_one", SelectOne, ("buttons", "choice", "boolean", "yes_no")
    is_editable = True

    def choose(self, step: PlanStep, scope: Scope, option: Option, ticks: Sequence[str]) -> Outcome:
        """That choice."""
        return fit_option(step, scope, option)

    def own_words(self, step: PlanStep, scope: Scope, words: str, ticks: Sequence[str]) -> Outcome:
        """The words are the answer."""
        return fit(step, scope, words)

    def default(self, step: PlanStep, scope: Scope, value: Any) -> str | None:
        """The name of a choice that can be pressed; any words where Other is offered."""
        name = show_value(value)
        return name if step.or_other or any(option.answer == name for option in shown_options(step, scope)) else None


KIND = SelectOneKind()
