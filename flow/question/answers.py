"""Does it fit what the step asks: a press or typed words become an answer, a tick, a wish for own words, or a complaint."""

from collections.abc import Callable, Sequence
from typing import Any

from flow.question.asking import LONGEST_TEXT, default_of, may_skip, own_words, rows_of, shown_options
from flow.question.buttons import DEFAULT, DONE, OTHER, SKIP, WORDS, find_pressed
from flow.question.outcomes import Outcome, OwnWords, Taken, Ticked
from flow.question.place import Option, PlanStep
from flow.question.scope import Scope
from flow.state.effects import Complain, Refused


def take_press(place: PlanStep, scope: Scope, value: str, ticks: Sequence[str]) -> Outcome:
    """What a button's value means; Refused("stale") for one that the question does not show."""
    special = _SPECIAL.get(value)
    if special is not None:
        return special(place, scope, ticks)
    option = next((option for option in shown_options(place, scope) if option.value == value), None)
    return _REFUSED if option is None else place.kind.choose(place, scope, option, ticks)


def take_text(place: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
    """What typed words mean for the question; `typing` says that words of one's own are awaited."""
    text = clean_text(text)
    if len(text) > LONGEST_TEXT:
        return Complain("long", values={"limit": str(LONGEST_TEXT)})
    if place.reply:  # a reply keyboard types its labels
        pressed = find_pressed(rows_of(place, scope, ticks), text)
        if pressed is not None and not (typing and pressed == OTHER):
            return take_press(place, scope, pressed, ticks)
    return place.kind.read(place, scope, text, ticks, typing)


def take_other(place: PlanStep, typing: bool) -> Complain:
    """The complaint about a sticker, a voice message and the like."""
    return Complain("words" if typing else place.kind.complaint)


def clean_text(text: str) -> str:
    """The text as typed, without halves of characters, which no database takes."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def fit(place: PlanStep, scope: Scope, value: Any, chosen: tuple[str, ...] = ()) -> Outcome:
    """The answer, unless the author's constraint says no (or fails, which can't be told from no)."""
    if place.constraint is not None and not scope.truth(place, place.constraint, False, value):
        return Complain("constraint", scope.fill(place.constraint_message))
    return Taken(value, chosen)


def fit_option(place: PlanStep, scope: Scope, option: Option) -> Outcome:
    """The answer of one option, unless the constraint says no."""
    return fit(place, scope, option.answer, (option.label.plain(scope),))


def read_label(place: PlanStep, scope: Scope, text: str, ticks: Sequence[str]) -> Outcome | None:
    """What typed words mean that a button shows; None for words that none shows."""
    pressed = find_pressed(rows_of(place, scope, ticks), text)
    return None if pressed is None else take_press(place, scope, pressed, ticks)


def _press_other(place: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    if not place.or_other:
        return _REFUSED
    words = own_words(place, ticks)
    return Ticked(tuple(tick for tick in ticks if tick != words)) if words else OwnWords()


def _press_done(place: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    if not place.kind.many:
        return _REFUSED
    shown = {option.answer for option in shown_options(place, scope)}
    words = own_words(place, ticks)
    value = [tick for tick in ticks if tick in shown or tick == words]
    if not value:
        if not may_skip(place, scope, tuple(shown_options(place, scope))):
            return Complain("choice", scope.fill(place.required_message))
        return Taken([])
    return fit(place, scope, value, tuple(scope.describe(place, name) for name in value))


def _press_skip(place: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    if not may_skip(place, scope, shown_options(place, scope)):
        return _REFUSED
    return Taken(None, (WORDS[SKIP],))


def _press_default(place: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    value = None if place.default is None else default_of(place, scope)
    return _REFUSED if value is None else fit(place, scope, value, (scope.describe(place, value),))


_REFUSED = Refused("stale")
_SPECIAL: dict[str, Callable[[PlanStep, Scope, Sequence[str]], Outcome]] = {
    OTHER: _press_other,
    DONE: _press_done,
    SKIP: _press_skip,
    DEFAULT: _press_default,
}
