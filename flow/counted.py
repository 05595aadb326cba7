"""Which answers expressions and texts count over all walks of a flow: what the host must keep of walks that are over."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from flow.expressions.compiler import takes_all_walks
from flow.expressions.expression import Expression, walk_nodes
from flow.expressions.grammar import Call, Variable
from flow.question.step import Condition, Option, Plan, PlanStep
from flow.question.texts import Template


def find_counted(plans: Mapping[str, Plan]) -> dict[str, frozenset[str]]:
    """Flow -> steps that `sum(${flow.step})` and the like, or `${flow.step[-2]}`, ask for."""
    found: dict[str, set[str]] = {}
    for plan in plans.values():
        for step in plan.steps:
            for name in _names_in(step):
                flow, _, own = name.partition(".")
                found.setdefault(flow, set()).add(own.partition("[")[0])
    return {flow: frozenset(steps) for flow, steps in found.items() if flow in plans}


def _names_in(part: Any) -> Iterator[str]:
    """The names that count walks, in whatever a step holds."""
    if isinstance(part, Expression):
        yield from (name for name in part.names if name.endswith("]"))
        calls = [node for node in walk_nodes(part.tree) if isinstance(node, Call)]
        for call in calls:
            yield from (one.name for one in call.arguments if isinstance(one, Variable) and takes_all_walks(call, one))
    elif isinstance(part, Template):
        yield from (name for name in part.names if name.endswith("]"))
    elif isinstance(part, PlanStep | Condition | Option):
        for field in fields(part):
            if field.name != "model":
                yield from _names_in(getattr(part, field.name))
    elif isinstance(part, Iterable) and not isinstance(part, str):
        for one in part.values() if isinstance(part, Mapping) else part:
            yield from _names_in(one)
