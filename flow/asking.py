"""How a question looks to one person at one moment: its choices, its proposed answer, its rows of buttons, the whole Ask."""

from collections.abc import Sequence
from random import Random
from typing import Any

from flow.buttons import DEFAULT, DONE, OTHER, SKIP, TICK, WORDS, lay_out, make_button
from flow.effects import Ask, Button, Media, Rows
from flow.expressions.expression import Expression
from flow.expressions.values import number_of
from flow.numbers import BIGGEST
from flow.plan import Option, PlanStep, Unreadable
from flow.scope import Scope
from flow.steps import Timer
from flow.texts import show_value

LONGEST_TEXT = 4_000  # characters of a typed answer
_SINGLE = frozenset(("select_one", "range"))
_TYPED = frozenset(("text", "integer", "decimal"))


def make_ask(place: PlanStep, scope: Scope, ask: int, ticks: Sequence[str]) -> Ask:
    """The question as number `ask`; `ticks` are the names already chosen of a select_multiple."""
    step = place.step
    media = place.media_for(scope.context.language)
    if place.pictures:
        media += _images(place, scope)
    return Ask(
        ask,
        place.key,
        None if place.label is None else place.label.fill(scope),
        None if place.hint is None else place.hint.fill(scope),
        media,
        rows_of(place, scope, ticks),
        place.reply,
        step.seconds if isinstance(step, Timer) else None,
    )


def _images(place: PlanStep, scope: Scope) -> tuple[Media, ...]:
    return tuple(option.image for option in shown_options(place, scope) if option.image is not None)


def rows_of(place: PlanStep, scope: Scope, ticks: Sequence[str] = ()) -> Rows:
    """The question's keyboard, () where words are typed and nothing else can be done."""
    if not place.same_for_all or ticks:
        return _make_rows(place, scope, ticks)
    if place.rows is None:
        place.rows = _make_rows(place, scope, ())
    return place.rows


def _make_rows(place: PlanStep, scope: Scope, ticks: Sequence[str]) -> Rows:
    proposed = None if place.default is None or place.kind == "select_multiple" else default_of(place, scope)
    ticked = ticks if place.kind == "select_multiple" else [proposed]
    options = shown_options(place, scope)
    buttons = [_option_button(option, scope, option.answer in ticked and option.answer is not True) for option in options]
    if place.or_other:
        buttons.append(_other_button(place, ticks))
    rows = lay_out(buttons, place.step.appearance, place.kind == "range")
    if proposed is not None and all(option.answer != proposed for option in options):
        rows += ((make_button(show_value(proposed), DEFAULT),),)
    if place.kind == "select_multiple":
        rows += ((Button(WORDS[DONE], DONE),),)
    if may_skip(place, scope, options):
        rows += ((Button(WORDS[SKIP], SKIP),),)
    return rows


def _option_button(option: Option, scope: Scope, ticked: bool) -> Button:
    return make_button((TICK if ticked else "") + option.label.plain(scope), option.value)


def _other_button(place: PlanStep, ticks: Sequence[str]) -> Button:
    """Once words of one's own are among the ticks they stand on the button."""
    words = own_words(place, ticks)
    return make_button(TICK + words if words else WORDS[OTHER], OTHER)


def own_words(place: PlanStep, ticks: Sequence[str]) -> str:
    """The typed words among the chosen names, '' when there are none."""
    names = {option.answer for option in place.options}
    return next((tick for tick in ticks if tick not in names), "")


def shown_options(place: PlanStep, scope: Scope) -> Sequence[Option]:
    """What can be pressed now, in the order shown: filtered by choice_filter, shuffled once a run by `randomize`."""
    options: Sequence[Option] = place.options
    rule = place.choice_filter
    if rule is not None:
        options = [option for option in options if scope.truth(place, rule, True, option.answer)]
    if place.randomize:
        options = list(options)
        Random(f"{scope.seed}/{place.key}").shuffle(options)
    return options


def is_required(place: PlanStep, scope: Scope) -> bool:
    """Whether the person must answer; an expression that fails says yes."""
    required = place.required
    return required if isinstance(required, bool) else scope.truth(place, required, True)


def may_skip(place: PlanStep, scope: Scope, options: Sequence[Option]) -> bool:
    """A timer and what is not required can be skipped, and so can a select that has nothing to press."""
    if place.kind == "timer" or (place.options and not options and not place.or_other):
        return True
    return not is_required(place, scope)


def default_of(place: PlanStep, scope: Scope) -> Any:
    """The proposed answer as this question stores answers; None when there is none or it does not fit."""
    value = place.default
    if isinstance(value, Expression | Unreadable):
        value = scope.evaluate(place, value)
    if value is None or isinstance(value, dict):
        return None
    if place.kind == "text":
        words = show_value(value)
        return words if words.strip() and len(words) <= LONGEST_TEXT else None
    if place.kind in ("integer", "decimal"):
        return _number_of(value, whole=place.kind == "integer")
    if place.kind == "range":
        return next((option.answer for option in place.options if option.answer == _number_of(value)), None)
    if place.kind == "select_one":
        name = show_value(value)
        return name if place.or_other or any(option.answer == name for option in shown_options(place, scope)) else None
    return None


def first_ticks(place: PlanStep, scope: Scope) -> tuple[str, ...]:
    """The names that a select_multiple begins with: its default as a list, or as XLSForm's words with blanks between."""
    value = place.default
    if isinstance(value, Expression | Unreadable):
        value = scope.evaluate(place, value)
    names = value if isinstance(value, list | tuple) else show_value(value).split() if not isinstance(value, dict) else ()
    wanted = {show_value(name) for name in names}
    return tuple(option.answer for option in place.options if option.answer in wanted)


def _number_of(value: Any, whole: bool = False) -> int | float | None:
    number = number_of(value)
    if not abs(number) < BIGGEST or (whole and number != int(number)):  # not-a-number is not below anything
        return None
    return int(number) if whole else number
