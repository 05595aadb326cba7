"""Does it fit what the step asks: a press or typed words become an answer, a tick, a wish for own words, or a complaint."""

from collections.abc import Callable, Sequence
from typing import Any

from flow.question.asking import LONGEST_TEXT, default_of, may_skip, own_words, rows_of, shown_options
from flow.question.bounds import complain_of
from flow.question.buttons import DEFAULT, DONE, OTHER, SKIP, WORDS, find_pressed
from flow.question.outcomes import Outcome, OwnWords, Taken, Ticked
from flow.question.scope import Scope
from flow.question.step import Option, PlanStep
from flow.state.effects import Complain, Refused


def take_press(step: PlanStep, scope: Scope, value: str, ticks: Sequence[str]) -> Outcome:
    """The meaning of a button's value; Refused("stale") for one that the question does not show."""
    special = _SPECIAL.get(value)
    if special is not None:
        return special(step, scope, ticks)
    option = next((option for option in shown_options(step, scope) if option.value == value), None)
    return step.kind.press(step, scope, value) if option is None else step.kind.choose(step, scope, option, ticks)


def take_text(step: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
    """The meaning of typed words for the question; `typing` says that words of one's own are awaited."""
    text = clean_text(text)
    if len(text) > LONGEST_TEXT:
        return Complain("long", values={"limit": str(LONGEST_TEXT)})
    if step.reply:  # a reply keyboard types its labels
        pressed = find_pressed(rows_of(step, scope, ticks), text)
        if pressed is not None and not (typing and pressed == OTHER):
            return take_press(step, scope, pressed, ticks)
    return step.kind.read(step, scope, text, ticks, typing)


def take_other(step: PlanStep, typing: bool) -> Complain:
    """The complaint about a sticker, a voice message and the like."""
    return Complain("words" if typing else step.kind.complaint)


def clean_text(text: str) -> str:
    """The text as typed, without halves of characters, which no database takes."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def fit(step: PlanStep, scope: Scope, value: Any, chosen: tuple[str, ...] = ()) -> Outcome:
    """The answer, unless the author's constraint says no (or fails, which can't be told from no)."""
    if step.constraint is not None and not scope.truth(step, step.constraint, False, value):
        if step.constraint_message is not None:
            return Complain("constraint", scope.fill(step.constraint_message))
        return complain_of(step.constraint, step.kind.whole)
    return Taken(value, chosen)


def fit_option(step: PlanStep, scope: Scope, option: Option) -> Outcome:
    """The answer of one option, unless the constraint says no."""
    return fit(step, scope, option.answer, (option.label.plain(scope),))


def read_label(step: PlanStep, scope: Scope, text: str, ticks: Sequence[str]) -> Outcome | None:
    """The meaning of typed words that a button shows; None for words that none shows."""
    pressed = find_pressed(rows_of(step, scope, ticks), text)
    return None if pressed is None else take_press(step, scope, pressed, ticks)


def _press_other(step: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    if not step.or_other:
        return _REFUSED
    words = own_words(step, ticks)
    return Ticked(tuple(tick for tick in ticks if tick != words)) if words else OwnWords()


def _press_done(step: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    if not step.kind.many:
        return _REFUSED
    shown = {option.answer for option in shown_options(step, scope)}
    words = own_words(step, ticks)
    value = [tick for tick in ticks if tick in shown or tick == words]
    if not value:
        if not may_skip(step, scope, tuple(shown_options(step, scope))):
            return Complain("choice", scope.fill(step.required_message))
        return Taken([])
    return fit(step, scope, value, tuple(scope.describe(step, name) for name in value))


def _press_skip(step: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    if not may_skip(step, scope, shown_options(step, scope)):
        return _REFUSED
    return Taken(None, (WORDS[SKIP],))


def _press_default(step: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    value = None if step.default is None else default_of(step, scope)
    return _REFUSED if value is None else fit(step, scope, value, (scope.describe(step, value),))


_REFUSED = Refused("stale")
_SPECIAL: dict[str, Callable[[PlanStep, Scope, Sequence[str]], Outcome]] = {
    OTHER: _press_other,
    DONE: _press_done,
    SKIP: _press_skip,
    DEFAULT: _press_default,
}
