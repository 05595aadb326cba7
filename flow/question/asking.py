"""How a question looks to one person at one moment: its choices, its proposed answer, its rows of buttons, the whole Ask."""

from collections.abc import Sequence
from random import Random
from typing import Any

from flow.expressions.expression import Expression
from flow.question.buttons import DEFAULT, DONE, OTHER, SKIP, TICK, WORDS, lay_out, make_button
from flow.question.scope import Scope
from flow.question.step import Option, PlanStep, Unreadable
from flow.question.texts import compile_text, show_value
from flow.state.effects import Ask, Button, Media, Rows

LONGEST_TEXT = 16_000  # characters of a typed answer; a message holds 4,096, a host may put several together


def make_ask(step: PlanStep, scope: Scope, question_number: int, ticks: Sequence[str]) -> Ask:
    """The question as number `question_number`; `ticks` are the names already chosen of a select_multiple."""
    media = step.media_for(scope.context.language) if step.media_in else step.media
    if step.has_link_values:
        media = fill_links(media, scope)
    if step.pictures:
        media += _images(step, scope)
    return Ask(
        question_number,
        step.key,
        None if step.label is None else step.label.fill(scope),
        None if step.hint is None else step.hint.fill(scope),
        media,
        rows_of(step, scope, ticks),
        step.reply,
        step.seconds,
    )


def fill_links(media: tuple[Media, ...], scope: Scope) -> tuple[Media, ...]:
    """The files, with values put into the addresses of links."""
    return tuple(Media(one.kind, compile_text(one.source).address(scope)) if one.kind == "link" else one for one in media)


def _images(step: PlanStep, scope: Scope) -> tuple[Media, ...]:
    return tuple(option.image for option in shown_options(step, scope) if option.image is not None)


def rows_of(step: PlanStep, scope: Scope, ticks: Sequence[str] = ()) -> Rows:
    """The question's keyboard, () where words are typed and nothing else can be done."""
    if not step.same_for_all or ticks:
        return _make_rows(step, scope, ticks)
    if step.rows is None:
        step.rows = _make_rows(step, scope, ())
    return step.rows


def _make_rows(step: PlanStep, scope: Scope, ticks: Sequence[str]) -> Rows:
    many = step.kind.many
    proposed = None if step.default is None or many else default_of(step, scope)
    ticked = ticks if many else [proposed]
    options = shown_options(step, scope)
    buttons = [_option_button(option, scope, option.answer in ticked and option.answer is not True) for option in options]
    if step.or_other:
        buttons.append(_other_button(step, ticks))
    rows = lay_out(buttons, step.model.appearance, step.kind.is_scale)
    if proposed is not None and all(option.answer != proposed for option in options):
        rows += ((make_button(show_value(proposed), DEFAULT),),)
    if many:
        rows += ((Button(WORDS[DONE], DONE),),)
    if may_skip(step, scope, options):
        rows += ((Button(WORDS[SKIP], SKIP),),)
    return rows


def _option_button(option: Option, scope: Scope, ticked: bool) -> Button:
    return make_button((TICK if ticked else "") + option.label.plain(scope), option.value)


def _other_button(step: PlanStep, ticks: Sequence[str]) -> Button:
    """Once words of one's own are among the ticks they stand on the button."""
    words = own_words(step, ticks)
    return make_button(TICK + words if words else WORDS[OTHER], OTHER)


def own_words(step: PlanStep, ticks: Sequence[str]) -> str:
    """The typed words among the chosen names, '' when there are none."""
    names = {option.answer for option in step.options}
    return next((tick for tick in ticks if tick not in names), "")


def shown_options(step: PlanStep, scope: Scope) -> Sequence[Option]:
    """The options that can be pressed now, in the order shown: filtered by choice_filter, shuffled once a run by `randomize`."""
    options: Sequence[Option] = step.options
    rule = step.choice_filter
    if rule is not None:
        options = [option for option in options if scope.truth(step, rule, True, option.answer)]
    if step.randomize:
        options = list(options)
        Random(f"{scope.seed}/{step.key}").shuffle(options)
    return options


def is_required(step: PlanStep, scope: Scope) -> bool:
    """Whether the person must answer; an expression that fails says yes."""
    required = step.required
    return required if isinstance(required, bool) else scope.truth(step, required, True)


def may_skip(step: PlanStep, scope: Scope, options: Sequence[Option]) -> bool:
    """A timer and what is not required can be skipped, and so can a select that has nothing to press."""
    if step.seconds is not None or (step.options and not options and not step.or_other):
        return True
    return not is_required(step, scope)


def default_of(step: PlanStep, scope: Scope) -> Any:
    """The proposed answer as this question stores answers; None when there is none or it does not fit."""
    value = default_value(step, scope)
    return None if value is None or isinstance(value, dict) else step.kind.default(step, scope, value)


def default_value(step: PlanStep, scope: Scope) -> Any:
    """The default as the author wrote it, an expression evaluated."""
    value = step.default
    return scope.evaluate(step, value) if isinstance(value, Expression | Unreadable) else value
