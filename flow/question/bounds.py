"""The bounds that stand in a constraint, so that a complaint can name them where the author gave no message of their own."""

from typing import NamedTuple

from flow.expressions.expression import Expression
from flow.expressions.grammar import Binary, Call, Literal, Node, Self
from flow.question.texts import show_value
from flow.state.effects import Complain

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class _Bound(NamedTuple):
    """`operator` as it stands with the answer on the left; `is_length`: of the answer's length."""

    operator: str
    value: int | float
    is_length: bool


def complain_of(constraint: object, whole: bool) -> Complain:
    """What is said when it is not true: its own bounds where it is nothing but bounds, else that the answer does not fit. `whole`:
    the answers are whole numbers."""
    found = _bounds_of(constraint.tree) if isinstance(constraint, Expression) else None
    if not found:
        return Complain("constraint")
    if all(one.is_length for one in found):
        return _of_length(found)
    if any(one.is_length for one in found):
        return Complain("constraint")
    return _of_numbers([_closed(one) if whole else one for one in found])


def _of_length(found: list[_Bound]) -> Complain:
    (one, *more) = found
    if more or one.operator not in ("<", "<="):
        return Complain("constraint")
    return Complain("shorter", values={"end": show_value(one.value if one.operator == "<=" else one.value - 1)})


def _of_numbers(found: list[_Bound]) -> Complain:
    low = [one for one in found if one.operator in (">", ">=")]
    high = [one for one in found if one.operator in ("<", "<=")]
    if len(low) > 1 or len(high) > 1:
        return Complain("constraint")
    values = {key: show_value(one[0].value) for key, one in (("start", low), ("end", high)) if one}
    if low and high:
        closed = low[0].operator == ">=" and high[0].operator == "<="
        return Complain("between" if closed else "constraint", values=values if closed else {})
    code = {">=": "at_least", "<=": "at_most", ">": "more_than", "<": "less_than"}[found[0].operator]
    return Complain(code, values=values)


def _closed(bound: _Bound) -> _Bound:
    """Of whole numbers `> 0` is `>= 1`."""
    if bound.value != int(bound.value) or bound.operator not in ("<", ">"):
        return bound
    step = 1 if bound.operator == ">" else -1
    return _Bound(bound.operator + "=", int(bound.value) + step, False)


def _bounds_of(node: Node) -> list[_Bound] | None:
    """None where it is anything else."""
    if not isinstance(node, Binary):
        return None
    if node.operator == "and":
        left, right = _bounds_of(node.left), _bounds_of(node.right)
        return None if left is None or right is None else left + right
    if node.operator not in _TURNED:
        return None
    for one, other, operator in ((node.left, node.right, node.operator), (node.right, node.left, _TURNED[node.operator])):
        if isinstance(other, Literal) and not isinstance(other.value, str):
            if isinstance(one, Self) and not one.parent:
                return [_Bound(operator, other.value, False)]
            if isinstance(one, Call) and one.name == "string-length" and all(isinstance(each, Self) for each in one.arguments):
                return [_Bound(operator, other.value, True)]
    return None
