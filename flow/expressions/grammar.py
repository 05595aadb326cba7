"""Reads an XLSForm expression into a small tree: operator precedence over XPath's tokens, every node with its position."""

import re
from dataclasses import dataclass
from typing import NoReturn

from flow.expressions.values import ExpressionError

LONGEST_SOURCE = 2_000
DEEPEST = 60

_NAME = r"[^\W\d][\w-]*"
VARIABLE = re.compile(r"\$\{\s*([\w-]+(?:\.[\w-]+(?:\[-[0-9]{1,4}\])?)?)\s*\}")
_TOKEN = re.compile(
    rf"""\s*(?:(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)|(?P<string>"[^"]*"|'[^']*')|(?P<variable>\$\{{[^}}]*\}})
    |(?P<name>{_NAME}(?::{_NAME})?)|(?P<operator><=|>=|!=|\.\.|[-+*=<>(),.]))""",
    re.VERBOSE,
)
_POWER = {"or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "div": 6, "mod": 6}
_NEGATE_POWER = 7
_HINTS = {
    "“": "straight quotes are needed: '…'",
    "”": "straight quotes are needed: '…'",
    "‘": "straight quotes are needed: '…'",
    "’": "straight quotes are needed: '…'",
    "'": "the quote ' is never closed",
    '"': 'the quote " is never closed',
    "$": "a variable is written ${name}",
    "/": "division is written div; an answer is named ${name}, not by a path",
    "%": "the remainder is written mod",
    "&": "both is written and",
    "|": "either is written or",
    "!": "not is written not(…), unequal !=",
    "≥": "write >=",
    "≤": "write <=",
    "≠": "write !=",
    "[": "filters in [ ] are not served",
    "{": "a variable is written ${name}",
}


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or a quoted text."""

    value: str | int | float
    position: int


@dataclass(frozen=True, slots=True)
class Variable:
    """`${name}` or `${flow.name}`."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Self:
    """`.`, the answer of the step itself; `..` (only inside position()) has `parent` set."""

    position: int
    parent: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    name: str
    arguments: tuple["Node", ...]
    position: int


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two nodes."""

    operator: str
    left: "Node"
    right: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Negate:
    """A minus before a node."""

    operand: "Node"
    position: int


Node = Literal | Variable | Self | Call | Binary | Negate


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number string variable name operator end
    text: str
    position: int


def parse_expression(source: str, choice_filter: bool = False) -> Node:
    """The tree of an expression; in a choice_filter a bare `name` is `.`, the choice's own name, as in XLSForm.

    Raises ExpressionError for what can't be read, is over 2,000 characters or nested too deep."""
    if len(source) > LONGEST_SOURCE:
        raise ExpressionError(f"the expression is longer than {LONGEST_SOURCE} characters", LONGEST_SOURCE)
    reader = _Reader(_tokens_of(source), choice_filter)
    if reader.token.kind == "end":
        raise ExpressionError("the expression is empty", 0)
    tree = reader.read(0, 0)
    if reader.token.kind != "end":
        _refuse(reader.token)
    return tree


def name_of_variable(text: str, position: int) -> str:
    """The name inside a whole `${…}`. Raises ExpressionError for a name that can't be one."""
    match = VARIABLE.fullmatch(text)
    if match is None:
        raise ExpressionError(f"“{text[:60]}” names no answer: it takes ${{name}} or ${{flow.name}}", position)
    return match.group(1)


def _tokens_of(source: str) -> list[_Token]:
    tokens, at = [], 0
    end = len(source.rstrip())
    while at < end:
        match = _TOKEN.match(source, at)
        if match is None:
            _refuse_character(source, at)
        kind = match.lastgroup or ""
        tokens.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    tokens.append(_Token("end", "", end))
    return tokens


def _refuse_character(source: str, at: int) -> NoReturn:
    at += len(source[at:]) - len(source[at:].lstrip())
    character = source[at]
    hint = "the variable's } is missing" if source.startswith("${", at) else _HINTS.get(character, "")
    raise ExpressionError(hint or f"“{character}” has no place in an expression", at)


def _refuse(token: _Token) -> NoReturn:
    if token.kind == "end":
        raise ExpressionError("the expression ends too early", token.position)
    if token.text == ")":
        raise ExpressionError("a ) without its (", token.position)
    if token.text == "=":
        raise ExpressionError("a second = is one too many: equal is written =", token.position)
    if token.kind == "name" and token.text.lower() in ("and", "or", "div", "mod") and token.text != token.text.lower():
        raise ExpressionError(f"“{token.text}” is written small: {token.text.lower()}", token.position)
    if token.kind == "name":
        raise ExpressionError(f"“{token.text}” is unexpected here; an answer is written ${{{token.text}}}", token.position)
    raise ExpressionError(f"“{token.text}” is unexpected here", token.position)


class _Reader:
    """Walks the tokens once; `read` is precedence climbing."""

    def __init__(self, tokens: list[_Token], choice_filter: bool) -> None:
        self._tokens = tokens
        self._choice_filter = choice_filter
        self._at = 0
        self.token = tokens[0]

    def _advance(self) -> _Token:
        token = self.token
        self._at += 1
        self.token = self._tokens[min(self._at, len(self._tokens) - 1)]
        return token

    def _take(self, text: str, words: str) -> None:
        if self.token.text != text or self.token.kind == "string":
            if self.token.kind == "end":
                raise ExpressionError(words, self.token.position)
            _refuse(self.token)
        self._advance()

    def read(self, power: int, depth: int) -> Node:
        """The node from here on, up to an operator that binds no tighter than `power`."""
        if depth > DEEPEST:
            raise ExpressionError("the expression is nested too deep", self.token.position)
        left, links = self._read_operand(depth), 0
        while self.token.kind in ("operator", "name") and _POWER.get(self.token.text, 0) > power:
            operator = self._advance()
            right = self.read(_POWER[operator.text], depth + 1)
            left, links = Binary(operator.text, left, right, operator.position), links + 1
            if links > DEEPEST:
                raise ExpressionError("too many operators in a row: use brackets, or a calculate step", operator.position)
        return left

    def _read_operand(self, depth: int) -> Node:
        token = self._advance()
        if token.kind == "number":
            value = float(token.text)
            return Literal(int(value) if value.is_integer() else value, token.position)
        if token.kind == "string":
            return Literal(token.text[1:-1], token.position)
        if token.kind == "variable":
            return Variable(name_of_variable(token.text, token.position), token.position)
        if token.kind == "name" and self.token.text == "(" and self.token.kind == "operator":
            return self._read_call(token, depth)
        if token.text == "-":
            return Negate(self.read(_NEGATE_POWER, depth + 1), token.position)
        if token.text == "(":
            inner = self.read(0, depth + 1)
            self._take(")", "a ) is missing")
            return inner
        if token.text in (".", ".."):
            return Self(token.position, parent=token.text == "..")
        if self._choice_filter and token.kind == "name" and token.text == "name":
            return Self(token.position)
        if self._choice_filter and token.kind == "name":
            raise ExpressionError(f"“{token.text}”: a choice_filter knows of a choice only its name", token.position)
        return _refuse(token)

    def _read_call(self, name: _Token, depth: int) -> Node:
        self._advance()
        arguments: list[Node] = []
        while self.token.text != ")" or self.token.kind != "operator":
            arguments.append(self.read(0, depth + 1))
            if self.token.text != ",":
                break
            self._advance()
            if self.token.text == ")" and self.token.kind == "operator":
                _refuse(self.token)
        self._take(")", f"the ) of {name.text}() is missing")
        return Call(name.text, tuple(arguments), name.position)
