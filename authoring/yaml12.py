"""YAML 1.2 (core schema) with the place of every value, bounded in size, depth and aliases; duplicate keys are errors.

Built on libyaml's events rather than PyYAML's constructors: those read YAML 1.1, where `no` is false and `12:30` is 750, and
forget duplicate keys. Keys are always text, as written, so that what is read survives a trip through JSON.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from authoring.yaml_words import explain_yaml_error
from flow.question.written import keep_written

LARGEST = 1_000_000  # characters
DEEPEST = 50
MOST_VALUES = 100_000  # with every alias counted as what it stands for

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_OCTAL = re.compile(r"0o[0-7]{1,100}")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,100}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_TAG = "tag:yaml.org,2002:"
_WORD = re.compile(r"\S+")
# Line breaks for libyaml, which reads YAML 1.1, but not for YAML 1.2: hidden from it behind characters that nobody assigned.
_HIDE = str.maketrans("\x85\u2028\u2029", "\U000e0ff0\U000e0ff1\U000e0ff2")
_SHOW = {hidden: character for character, hidden in _HIDE.items()}

Path = Sequence[str | int]


@dataclass(slots=True)
class Node:
    """A value and where it stands: `line` and `column` from 1, `start` and `end` as offsets in the text.

    `children` are by key or index; `keys` tells where each key of a mapping stands; `inline` marks { } and [ ].
    """

    value: Any
    line: int
    column: int
    start: int
    end: int
    children: dict[str | int, "Node"] = field(default_factory=dict)
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    inline: bool = False
    count: int = 1

    def child(self, *path: str | int) -> "Node | None":
        """The node at `path` below this one, if it is there."""
        node: Node | None = self
        for part in path:
            node = node.children.get(part) if node is not None else None
        return node

    def place_of_key(self, key: str) -> tuple[int, int]:
        """Line and column of a key; of the mapping itself when it has no such key."""
        return self.keys.get(key, (self.line, self.column))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the text that is no YAML as we take it, at `line` and `column` from 1."""

    line: int
    column: int
    words: str


class _Refused(Exception):
    """The text goes beyond a bound or uses what we don't take; carries its Problem."""

    def __init__(self, mark: Any, words: str) -> None:
        super().__init__(words)
        self.problem = Problem(mark.line + 1, mark.column + 1, words)


def parse_yaml(text: str) -> tuple[Node | None, list[Problem]]:
    """The tree of a text (None when it can't be read to its end) and what is wrong with it; never raises for bad text."""
    if len(text) > LARGEST:
        return None, [Problem(1, 1, f"the file is larger than {LARGEST} characters")]
    problems: list[Problem] = []
    try:
        node = _Builder(problems).build(_events_of(text if text.isascii() else text.translate(_HIDE)))
    except _Refused as refused:
        return None, [*problems, refused.problem]
    except yaml.YAMLError as error:
        line, column, words = explain_yaml_error(error, text)
        return None, [*problems, Problem(line, column, words)]
    return node, problems


def _events_of(text: str) -> Iterator[Any]:
    """Like `yaml.parse`, with one call an event. Raises yaml.YAMLError."""
    return iter(yaml.CSafeLoader(text).get_event, None)


class _Builder:
    """Builds the tree from events with a stack of its own, so that no nesting can exhaust Python's."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._anchors: dict[str, Node | None] = {}
        self._open: list[tuple[Node, str | None]] = []  # containers being filled, with their anchor
        self._key: list[str | None] = []  # the key that waits for its value, one a container
        self._values = 0
        self._root: Node | None = None
        self._documents = 0

    def build(self, events: Iterator[Any]) -> Node:
        take = {
            yaml.ScalarEvent: self._take_scalar,
            yaml.MappingStartEvent: self._begin,
            yaml.SequenceStartEvent: self._begin,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._take_alias,
            yaml.DocumentStartEvent: self._begin_document,
        }
        for event in events:
            taken = take.get(type(event))
            if taken is not None:
                taken(event)
        return self._root or Node(None, 1, 1, 0, 0)

    def _begin_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise _Refused(event.start_mark, "a second document (---) in one file")

    def _take_scalar(self, event: Any) -> None:
        self._add(self._make_scalar(event), event.anchor)

    def _take_alias(self, event: Any) -> None:
        self._add(self._find_anchor(event), None)

    def _begin(self, event: Any) -> None:
        if len(self._open) >= DEEPEST:
            raise _Refused(event.start_mark, f"nested deeper than {DEEPEST} levels")
        _check_tag(event, ("map",) if isinstance(event, yaml.MappingStartEvent) else ("seq",))
        if self._awaits_key():
            raise _Refused(event.start_mark, "a key must be a plain word; a value with { or [ at its start wants quotes")
        mark = event.start_mark
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        node = Node(value, mark.line + 1, mark.column + 1, mark.index, mark.index, inline=bool(event.flow_style))
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append((node, event.anchor))
        self._key.append(None)

    def _end(self, event: Any) -> None:
        node, anchor = self._open.pop()
        self._key.pop()
        node.end = event.end_mark.index
        self._add(node, anchor)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0].value, dict) and self._key[-1] is None

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if not self._open:
            self._root = node
            return
        parent = self._open[-1][0]
        if isinstance(parent.value, list):
            parent.children[len(parent.value)] = node
            parent.value.append(node.value)
        elif self._key[-1] is None:
            self._key[-1] = self._take_key(parent, node)
            return
        else:
            key, self._key[-1] = self._key[-1], None
            if key not in parent.value:  # the first of two equal keys stays
                parent.children[key] = node
                parent.value[key] = node.value
        self._count(parent, node)

    def _count(self, parent: Node, node: Node) -> None:
        parent.count += node.count
        if parent.count > MOST_VALUES:
            raise _Refused(_Mark(node), f"more than {MOST_VALUES} values, aliases counted")

    def _take_key(self, parent: Node, node: Node) -> str:
        if node.children or isinstance(node.value, dict | list):
            raise _Refused(_Mark(node), "a key must be a plain word")
        key = node.value if isinstance(node.value, str) else str(node.value)
        if key == "<<":
            self._problems.append(Problem(node.line, node.column, "“<<” (merging) is no part of YAML 1.2: write the keys out"))
        if key in parent.keys:
            line = parent.keys[key][0]
            dash = "; a new step begins with “- ”" if key == "type" else ""
            self._problems.append(Problem(node.line, node.column, f"“{key}” is here twice; the first is in line {line}{dash}"))
        else:
            parent.keys[key] = (node.line, node.column)
        return key

    def _make_scalar(self, event: Any) -> Node:
        mark = event.start_mark
        if event.anchor and not event.value and event.implicit[0]:
            raise _Refused(mark, f"&{event.anchor} stands before nothing: a value with & at its start wants quotes")
        value = self._text_of_key(event) if self._awaits_key() else _resolve(event)
        return Node(value, mark.line + 1, mark.column + 1, mark.index, event.end_mark.index, _NO_CHILDREN, _NO_KEYS)

    def _text_of_key(self, event: Any) -> str:
        _check_tag(event, ("str", "int", "float", "bool", "null"))
        return _written(event)

    def _find_anchor(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            words = (
                "contains itself"
                if event.anchor in self._anchors
                else "stands for nothing: a value with * at its start wants quotes"
            )
            raise _Refused(event.start_mark, f"*{event.anchor} {words}")
        return node


_NO_CHILDREN: dict[str | int, Node] = {}  # every scalar's, so that a file's thousands of words don't have two empty dicts each
_NO_KEYS: dict[str, tuple[int, int]] = {}


class _Mark:
    """A node's place in the shape of PyYAML's marks (from 0)."""

    def __init__(self, node: Node) -> None:
        self.line = node.line - 1
        self.column = node.column - 1


def _check_tag(event: Any, allowed: Sequence[str]) -> None:
    tag = event.tag
    if tag and tag != "!" and tag.removeprefix(_TAG) not in allowed:
        raise _Refused(event.start_mark, f"the tag {tag} is not served; a value with ! at its start wants quotes")


def _written(event: Any) -> str:
    text: str = event.value
    return text if text.isascii() else text.translate(_SHOW)


def _resolve(event: Any) -> Any:
    """A scalar by YAML 1.2's core schema: quoted is text; plain may be null, true, false, a number."""
    text = _written(event)
    if event.tag:
        return _resolve_tagged(event, text)
    if not event.implicit[0]:
        return text
    return _resolve_plain(event, text)


def _resolve_plain(event: Any, text: str) -> Any:
    first = text[:1]
    if first not in "0123456789+-.~nNtTfF":  # '' is in every text
        return text
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return keep_written(int(text), text)
    if _OCTAL.fullmatch(text):
        return keep_written(int(text[2:], 8), text)
    if _HEXADECIMAL.fullmatch(text):
        return keep_written(int(text[2:], 16), text)
    if len(text) < 300 and _FLOAT.fullmatch(text):
        value = float(text)
        if value - value != 0:
            raise _Refused(event.start_mark, f"the number {text} is too large")
        return keep_written(value, text)
    return text


def _resolve_tagged(event: Any, text: str) -> Any:
    _check_tag(event, ("str", "int", "float", "bool", "null"))
    tag = event.tag.removeprefix(_TAG)
    if tag in ("!", "str"):
        return text
    value = _resolve_plain(event, text)
    kinds: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}
    if not isinstance(value, kinds[tag]):
        raise _Refused(event.start_mark, f"“{text}” is no {tag}")
    return float(value) if isinstance(value, int) and tag == "float" else value


def find_place(text: str, node: Node, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of character `offset` of a node's text value; the value's own place where it can't be told."""
    value = node.value if isinstance(node.value, str) else ""
    words = value.rstrip()
    if offset >= len(words) > 0:  # behind the last word
        last = len(words) - len(words.split()[-1])
        at = _find_word(text, node, value, last)
        at = at + len(words) - last if at >= 0 else at
    else:
        at = _find_word(text, node, value, offset)
    if at < 0:
        return node.line, node.column
    line = text.count("\n", 0, at) + 1
    return line, at - (text.rfind("\n", 0, at) + 1) + 1


def _find_word(text: str, node: Node, value: str, offset: int) -> int:
    """The index in the file of the word at `offset` of a value; -1 where escapes or folds hide it."""
    match = _WORD.match(value, offset)
    if match is None:
        return -1
    word = match.group()
    at = node.start - 1
    for _ in range(value[:offset].count(word) + 1):
        at = text.find(word, at + 1, node.end)
        if at < 0:
            break
    return at
