"""An edited message: the latest typed answer gets another value where it stands; the walk stays where it is."""

from typing import Any

from flow.answers import Taken, take_text
from flow.effects import Refused
from flow.expressions.expression import Expression
from flow.history import is_worn
from flow.inputs import Edited
from flow.plan import PlanStep
from flow.run import Answer
from flow.walk import Walk

TYPED = frozenset(("text", "integer", "decimal", "range", "select_one"))


def edit_latest(walk: Walk, place: PlanStep, input: Edited) -> None:
    """Take the new words for the latest answer if they fit its question, else Refused("edit"); Refused("worn") after too many.

    Calculations that followed and read the answer are made again. Where its old value led the person, they stay.
    """
    if is_worn(walk.answers):
        walk.effects.append(Refused("worn"))
        return
    here = walk.current
    index = next((index for index in range(len(walk.answers) - 1, -1, -1) if _is_latest(walk.answers[index])), None)
    value = None if index is None else _new_value(walk, walk.answers[index], input.text)
    if index is None or value is None:
        walk.effects.append(Refused("edit"))
    else:
        _replace(walk, index, value)
        _calculate_again(walk, index)
    walk.enter(here)


def _is_latest(answer: Answer) -> bool:
    return answer["type"] != "calculate" and not answer["replaced"]


def _new_value(walk: Walk, answer: Answer, text: str) -> Any:
    """The value of the new words, None when they do not fit or the answer was none that is typed."""
    if answer["type"] not in TYPED or answer["value"] is None:
        return None
    place = walk.find_place(f"{answer['flow']}.{answer['step']}")
    own_words = place.or_other and all(option.answer != answer["value"] for option in place.options)
    outcome = take_text(place, walk.scope, text, (), own_words)
    return outcome.value if isinstance(outcome, Taken) else None


def _replace(walk: Walk, index: int, value: Any) -> None:
    """The old answer is replaced, the new one stands behind all others."""
    old = walk.answers[index]
    same = [answer["attempt"] for answer in walk.answers if answer["step"] == old["step"] and answer["flow"] == old["flow"]]
    new = {**old, "value": value, "answered_at": walk.stamp, "attempt": max(same) + 1}
    gone = {**old, "replaced": True, "undone": True}
    walk.answers = (*walk.answers[:index], gone, *walk.answers[index + 1 :], new)
    walk.scope.replace_answers(walk.answers)


def _calculate_again(walk: Walk, start: int) -> None:
    changed = {(walk.answers[start]["flow"], walk.answers[start]["step"])}
    for index in range(start + 1, len(walk.answers) - 1):
        answer = walk.answers[index]
        if answer["type"] != "calculate" or answer["replaced"]:
            continue
        place = walk.find_place(f"{answer['flow']}.{answer['step']}")
        expression = place.calculation
        if isinstance(expression, Expression) and changed & {_key(walk, name) for name in expression.names}:
            value = walk.scope.evaluate(place, expression, answer["value"])
            if value != answer["value"]:
                changed.add((answer["flow"], answer["step"]))
                _replace(walk, index, value)


def _key(walk: Walk, name: str) -> tuple[str, str]:
    flow, dot, step = name.partition(".")
    return (flow, step) if dot else (walk.current, name)
