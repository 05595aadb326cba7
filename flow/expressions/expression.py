"""XLSForm's expressions: compiled once into closures, evaluated for one person within bounded time and size.

Own rather than elementpath: every operator needs ODK's rules for empty answers anyway, and evaluation is some twenty times faster.
A wrong expression is told with its exact place.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from random import Random
from typing import Any, Protocol

from flow.expressions.compiler import Evaluator, build_evaluator, choice_variable, walk_nodes
from flow.expressions.grammar import VARIABLE, Call, Node, Self, Variable, name_of_variable, parse_expression
from flow.expressions.values import ExpressionError, is_empty, tidy_number, truth_of

__all__ = ["Expression", "ExpressionError", "Reference", "Scope", "Value", "compile_expression", "split_template", "walk_nodes"]

Value = str | int | float | bool | list[str]


class Scope(Protocol):
    """The facts that an expression may ask for."""

    @property
    def self_value(self) -> Any:
        """The answer that `.` stands for; None or '' where there is none yet."""

    @property
    def now(self) -> datetime:
        """The moment, aware, in the person's zone."""

    @property
    def random(self) -> Random:
        """The run's own dice."""

    @property
    def position(self) -> int:
        """The value of position(), from 1."""

    def lookup(self, name: str) -> Any:
        """The value of `name` or `flow.name`; None when unanswered."""

    def lookup_all(self, name: str) -> list[Any]:
        """The values of `flow.name` in all walks of that flow, oldest first, without empty ones."""

    def choice_label(self, name: str, value: str) -> str:
        """The label of choice `value` of the select `name`."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. `names` are the variables it uses, `uses_self` says that it reads `.`; `tree` is for checks."""

    source: str
    names: frozenset[str]
    uses_self: bool
    tree: Node
    run: Evaluator

    def evaluate(self, scope: Scope) -> Value:
        """The value: whole numbers as int, not-a-number and infinity as '' (as ODK stores them: no answer).

        Raises ExpressionError when it can't be had from these answers: a bad date, a regex over its time.
        """
        value = self.run(scope)
        kind = type(value)
        if kind is float or kind is int:
            return tidy_number(value) if value - value == 0 else ""
        if is_empty(value):
            return ""
        return list(value) if kind is tuple else value

    def truth(self, scope: Scope) -> bool:
        """The value as XPath's true or false. Raises ExpressionError like `evaluate`."""
        return truth_of(self.run(scope))


@lru_cache(maxsize=8192)
def compile_expression(source: str, choice_filter: bool = False) -> Expression:
    """Read and compile; in a choice_filter `.` and XLSForm's bare `name` are the name of the choice that is looked at.

    Raises ExpressionError with the place: syntax, unknown function, arguments that can't work, too big.
    """
    tree = parse_expression(source, choice_filter)
    nodes = list(walk_nodes(tree))
    names = {node.name for node in nodes if isinstance(node, Variable)}
    names |= {choice_variable(node) for node in nodes if isinstance(node, Call) and node.name == "jr:choice-name"}
    reads_self = any(isinstance(node, Self) and not node.parent for node in nodes)
    once = any(isinstance(node, Call) and node.name == "once" for node in nodes)
    return Expression(source, frozenset(names), reads_self or once, tree, build_evaluator(tree))


def is_expression(default: object) -> bool:
    """Whether a `default` is one, by XLSForm's rule: it names an answer or calls a function."""
    if not isinstance(default, str):
        return False
    if "${" in default:
        return True
    try:
        tree = parse_expression(default)
        build_evaluator(tree)
    except ExpressionError:
        return False
    return any(isinstance(node, Call) for node in walk_nodes(tree))


@dataclass(frozen=True, slots=True)
class Reference:
    """A `${name}` in a text; `position` is its 0-based offset there."""

    name: str
    position: int


def split_template(text: str) -> list[str | Reference]:
    """A label's plain pieces and its `${…}`, in order, never an empty piece. Raises ExpressionError for a `${` without a name."""
    pieces: list[str | Reference] = []
    at = 0
    while (start := text.find("${", at)) >= 0:
        match = VARIABLE.match(text, start)
        if match is None:
            end = text.find("}", start)
            if end < 0:
                raise ExpressionError("the } of “${” is missing", start)
            name_of_variable(text[start : end + 1], start)
            raise AssertionError("name_of_variable accepted what VARIABLE refuses")
        pieces += [piece for piece in (text[at:start], Reference(match.group(1), start)) if piece]
        at = match.end()
    return pieces + ([text[at:]] if at < len(text) else [])
