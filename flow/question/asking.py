"""How a question looks to one person at one moment: its choices, its proposed answer, its rows of buttons, the whole Ask."""

from collections.abc import Sequence
from random import Random
from typing import Any

from flow.expressions.expression import Expression
from flow.question.buttons import DEFAULT, DONE, OTHER, SKIP, TICK, WORDS, lay_out, make_button
from flow.question.place import Option, PlanStep, Unreadable
from flow.question.scope import Scope
from flow.question.texts import show_value
from flow.state.effects import Ask, Button, Media, Rows

LONGEST_TEXT = 4_000  # characters of a typed answer


def make_ask(place: PlanStep, scope: Scope, ask: int, ticks: Sequence[str]) -> Ask:
    """The question as number `ask`; `ticks` are the names already chosen of a select_multiple."""
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
        place.seconds,
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
    many = place.kind.many
    proposed = None if place.default is None or many else default_of(place, scope)
    ticked = ticks if many else [proposed]
    options = shown_options(place, scope)
    buttons = [_option_button(option, scope, option.answer in ticked and option.answer is not True) for option in options]
    if place.or_other:
        buttons.append(_other_button(place, ticks))
    rows = lay_out(buttons, place.step.appearance, place.kind.is_scale)
    if proposed is not None and all(option.answer != proposed for option in options):
        rows += ((make_button(show_value(proposed), DEFAULT),),)
    if many:
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
    if place.seconds is not None or (place.options and not options and not place.or_other):
        return True
    return not is_required(place, scope)


def default_of(place: PlanStep, scope: Scope) -> Any:
    """The proposed answer as this question stores answers; None when there is none or it does not fit."""
    value = default_value(place, scope)
    return None if value is None or isinstance(value, dict) else place.kind.default(place, scope, value)


def default_value(place: PlanStep, scope: Scope) -> Any:
    """The default as the author wrote it, an expression evaluated."""
    value = place.default
    return scope.evaluate(place, value) if isinstance(value, Expression | Unreadable) else value
