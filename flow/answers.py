"""Does it fit what the step asks: a press or typed words become an answer, a tick, a wish for own words, or a complaint."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flow.asking import LONGEST_TEXT, default_of, may_skip, own_words, rows_of, shown_options
from flow.buttons import DEFAULT, DONE, OK, OTHER, SKIP, WORDS, find_pressed
from flow.effects import Complain, Refused
from flow.expressions.values import text_of, tidy_number
from flow.numbers import BIGGEST, read_number
from flow.plan import Option, PlanStep
from flow.scope import Scope
from flow.texts import show_value


class Taken(NamedTuple):
    """The answer, and the labels that were chosen for it (none when it was typed)."""

    value: Any
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticked:
    """The names that are chosen now; the question stays open."""

    ticks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The next typed words are the answer."""


Outcome = Taken | Ticked | OwnWords | Complain | Refused


def take_press(place: PlanStep, scope: Scope, value: str, ticks: Sequence[str]) -> Outcome:
    """What a button's value means; Refused("stale") for one that the question does not show."""
    special = _SPECIAL.get(value)
    if special is not None:
        return special(place, scope, ticks)
    option = next((option for option in shown_options(place, scope) if option.value == value), None)
    return _REFUSED if option is None else _choose(place, scope, option, ticks)


def take_text(place: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
    """What typed words mean for the question; `typing` says that words of one's own are awaited."""
    text = clean_text(text)
    if len(text) > LONGEST_TEXT:
        return Complain("long", values={"limit": str(LONGEST_TEXT)})
    if place.reply:  # a reply keyboard types its labels
        pressed = find_pressed(rows_of(place, scope, ticks), text)
        if pressed is not None and not (typing and pressed == OTHER):
            return take_press(place, scope, pressed, ticks)
    return _READERS[place.kind](place, scope, text, ticks, typing)


def take_other(place: PlanStep, typing: bool) -> Complain:
    """The complaint about a sticker, a voice message and the like."""
    if typing:
        return Complain("words")
    return Complain({"text": "words", "integer": "integer", "decimal": "decimal"}.get(place.kind, "button"))


def clean_text(text: str) -> str:
    """The text as typed, without halves of characters, which no database takes."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _fit(place: PlanStep, scope: Scope, value: Any, chosen: tuple[str, ...] = ()) -> Outcome:
    """The answer, unless the author's constraint says no (or fails, which can't be told from no)."""
    if place.constraint is not None and not scope.truth(place, place.constraint, False, value):
        return Complain("constraint", scope.fill(place.constraint_message))
    return Taken(value, chosen)


# --- presses


def _choose(place: PlanStep, scope: Scope, option: Option, ticks: Sequence[str]) -> Outcome:
    if place.kind == "select_multiple":
        return _toggle(place, ticks, option.answer)
    return _fit(place, scope, option.answer, (option.label.plain(scope),))


def _toggle(place: PlanStep, ticks: Sequence[str], name: str) -> Ticked:
    chosen = set(ticks) ^ {name}
    names = [option.answer for option in place.options if option.answer in chosen]
    words = own_words(place, ticks)
    return Ticked((*names, words) if words else tuple(names))


def _press_other(place: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    if not place.or_other:
        return _REFUSED
    words = own_words(place, ticks)
    return Ticked(tuple(tick for tick in ticks if tick != words)) if words else OwnWords()


def _press_done(place: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    if place.kind != "select_multiple":
        return _REFUSED
    shown = {option.answer for option in shown_options(place, scope)}
    words = own_words(place, ticks)
    value = [tick for tick in ticks if tick in shown or tick == words]
    if not value:
        if not may_skip(place, scope, tuple(shown_options(place, scope))):
            return Complain("choice", scope.fill(place.required_message))
        return Taken([])
    return _fit(place, scope, value, tuple(scope.describe(place, name) for name in value))


def _press_skip(place: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    if not may_skip(place, scope, shown_options(place, scope)):
        return _REFUSED
    return Taken(None, (WORDS[SKIP],))


def _press_default(place: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    value = None if place.default is None else default_of(place, scope)
    return _REFUSED if value is None else _fit(place, scope, value, (scope.describe(place, value),))


def _press_ok(place: PlanStep, scope: Scope, ticks: Sequence[str]) -> Outcome:
    return _choose(place, scope, place.options[0], ticks) if place.kind == "acknowledge" else _REFUSED


_REFUSED = Refused("stale")
_SPECIAL: dict[str, Callable[[PlanStep, Scope, Sequence[str]], Outcome]] = {
    OTHER: _press_other,
    DONE: _press_done,
    SKIP: _press_skip,
    DEFAULT: _press_default,
    OK: _press_ok,
}


# --- typed words


def _read_text(place: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
    if not text.strip():
        return Complain("required", scope.fill(place.required_message))
    return _fit(place, scope, text)


def _read_number(place: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
    number = read_number(text)
    if number is None or (place.kind == "integer" and type(number) is float):
        return _read_label(place, scope, text, ticks) or Complain(place.kind)
    if not abs(number) < BIGGEST:
        return Complain("range", values={"start": str(1 - BIGGEST), "end": str(BIGGEST - 1)})
    return _fit(place, scope, tidy_number(number))


def _read_range(place: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
    number = read_number(text)
    if number is None:
        return _read_label(place, scope, text, ticks) or Complain("range", values=_bounds(place))
    for option in place.options:
        if abs(option.answer - number) < 1e-9:
            return _choose(place, scope, option, ticks)
    numbers = [option.answer for option in place.options]
    inside = numbers and min(numbers) <= number <= max(numbers)
    return Complain("step" if inside else "range", values=_bounds(place))


def _bounds(place: PlanStep) -> dict[str, str]:
    numbers = sorted(option.answer for option in place.options) or [0]
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 1
    return {"start": text_of(numbers[0]), "end": text_of(numbers[-1]), "step": show_value(step)}


def _read_choice(place: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
    pressed = find_pressed(rows_of(place, scope, ticks), text)
    if pressed is not None and not (typing and pressed == OTHER):
        return take_press(place, scope, pressed, ticks)
    if typing:
        return _read_own_words(place, scope, text, ticks)
    number, options = read_number(text), shown_options(place, scope)
    if type(number) is int and 1 <= number <= len(options):
        return _choose(place, scope, options[number - 1], ticks)
    return Complain("button")


def _read_own_words(place: PlanStep, scope: Scope, text: str, ticks: Sequence[str]) -> Outcome:
    words = text.strip()
    if not words:
        return Complain("other")
    if place.kind == "select_one":
        return _fit(place, scope, words)
    chosen = {*ticks, words}
    names = [option.answer for option in place.options]
    kept = tuple(name for name in names if name in chosen)
    return Ticked(kept if words in names else (*kept, words))


def _read_button(place: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
    return _read_label(place, scope, text, ticks) or Complain("button")


def _read_label(place: PlanStep, scope: Scope, text: str, ticks: Sequence[str]) -> Outcome | None:
    pressed = find_pressed(rows_of(place, scope, ticks), text)
    return None if pressed is None else take_press(place, scope, pressed, ticks)


def _read_nothing(place: PlanStep, scope: Scope, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
    return Complain("button")


_READERS: dict[str, Callable[[PlanStep, Scope, str, Sequence[str], bool], Outcome]] = {
    "text": _read_text,
    "integer": _read_number,
    "decimal": _read_number,
    "range": _read_range,
    "select_one": _read_choice,
    "select_multiple": _read_choice,
    "acknowledge": _read_button,
    "timer": _read_nothing,
}
