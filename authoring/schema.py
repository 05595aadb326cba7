"""Tells in an author's words what the models of flow/ refuse, at the place of the key or value."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from authoring.check_expressions import EXPRESSIONS
from authoring.findings import ERROR, did_you_mean, listed
from authoring.known_keys import is_branch, known_keys
from authoring.outline import File, Outline
from authoring.yaml12 import Node
from flow.expressions.values import text_of
from flow.kinds.registry import KINDS, UNSUPPORTED
from flow.question.model import MEDIA_KINDS

Loc = Sequence[str | int]

_MEANT = {  # what other tools and XLSForm itself call it -> how it is written here
    "text": "the words of a step are its “label”",
    "question": "the words of a step are its “label”",
    "options": "what can be pressed are its “choices”",
    "min": 'the least is a constraint: constraint: ". >= 1"',
    "max": 'the most is a constraint: constraint: ". <= 10"',
    "readonly": "a step that asks nothing is of type note",
    "read_only": "a step that asks nothing is of type note",
    "repeat_count": "repeats are not served by this version yet",
    "relevance": "when a step is asked is its “relevant”",
    "condition": "when a step is asked is its “relevant”",
}
_LATER = {
    "photo": "image",
    "picture": "image",
    "voice": "audio",
    "location": "geopoint",
    "begin_repeat": "repeat",
    "repeat": "repeat",
}
_TEXTS = frozenset(("label", "hint", "title", "description", "constraint_message", "required_message"))
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NO_BLANK = re.compile(r"\w+:\S")

# Other names of our step types, from other tools and from people.
_OTHER_NAMES = {word: kind.type for kind in KINDS.values() for word in kind.synonyms} | {
    "number": "integer or decimal",
    "photo": "image",
    "location": "geopoint",
    "datetime": "dateTime",
}

_RULES = frozenset(("value_error", "assertion_error"))
_WANTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "dict": "keys and values",
    "mapping": "keys and values",
    "model": "keys and values",
    "model_attributes": "keys and values",
}


def tell_errors(outline: Outline, error: ValidationError) -> None:
    """Add every error of a ValidationError to the findings of the file it is about.

    A rule of the models (`value_error`) about a place that the checks have told already is not told again.
    """
    for detail in _without_branches(error.errors(include_url=False)):
        file, loc = _file_of(outline, detail["loc"])
        if file is None or file.node is None:
            continue
        node = _walk(file.node, loc)[0]
        if detail["type"] in _RULES and _is_told(file, node):
            continue
        _tell(file, file.node, loc, detail)


def _is_told(file: File, node: Node) -> bool:
    place = (node.line, node.column, ERROR)
    return any((finding.line, finding.column, finding.level) == place for finding in file.findings)


def _file_of(outline: Outline, loc: Loc) -> tuple[File | None, Loc]:
    """The file that an error is about, and the error's way inside that file."""
    if len(loc) > 1 and loc[0] == "programme":
        return outline.head, loc[1:]
    if len(loc) > 1 and loc[0] == "flows":
        flow = outline.flows.get(str(loc[1]))
        return (flow.file, loc[2:]) if flow else (outline.head, ())
    return outline.head, loc


def _without_branches(details: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Of a value that fits no branch of a union one error is enough."""
    seen: set[tuple[Any, ...]] = set()
    for detail in details:
        loc = tuple(part for part in detail["loc"] if not is_branch(part))
        key = (loc, detail["type"] if detail["type"] in ("missing", "extra_forbidden") else "")
        if key not in seen:
            seen.add(key)
            yield detail


def _tell(file: File, root: Node, loc: Loc, detail: ErrorDetails) -> None:
    node, last, rest = _walk(root, loc)
    kind = detail["type"]
    if kind == "missing" and loc[-1] in file.lost:
        return
    if kind == "missing":
        file.add(node, _missing(loc[-1], _type_of(node)))
    elif kind == "extra_forbidden" and last is not None and not rest:
        parent = _walk(root, loc[:-1])[0]
        file.add(parent.place_of_key(str(last)), _unknown_key(str(last), node, tuple(detail["loc"][:-1]), parent))
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        _tell_type(file, node, detail)
    else:
        file.add(node, f"{_named(last, kind)}{_explain(kind, detail)}")


def _walk(root: Node, loc: Loc) -> tuple[Node, str | int | None, Loc]:
    """As far as an error's way leads in what the author wrote: the node, its last key, what is left of the way.

    The tag of a discriminated union stands in the way without being a key (steps, 3, text, label): it is passed over.
    """
    node, last, rest = root, None, list(loc)
    at = 0
    for index, part in enumerate(loc):
        if _is_tag(loc, index, node):  # before it is looked for as a key: `flow` is both
            at = index + 1
            continue
        child = node.children.get(part)
        if child is None and isinstance(part, str):
            child = node.children.get(part.removesuffix("_"))
        if child is not None:
            node, last, at = child, part, index + 1
        elif is_branch(part):
            at = index + 1
        else:
            break
    rest = list(loc[at:])
    return node, last, rest


def _is_tag(loc: Loc, index: int, node: Node) -> bool:
    """Whether this part of an error's way is the step's type, which follows the number of the step."""
    return index >= 2 and loc[index - 2] == "steps" and isinstance(loc[index - 1], int) and loc[index] == _type_of(node)


def _type_of(node: Node) -> str:
    value = node.value.get("type") if isinstance(node.value, dict) else None
    return value if isinstance(value, str) else ""


def _missing(key: str | int, type_name: str = "") -> str:
    if isinstance(key, int):
        return f"{key + 1} values are wanted here"
    return f"“{key}” is missing" + (f": a {type_name} step needs it" if type_name else "")


def _named(last: str | int | None, kind: str) -> str:
    if kind in _RULES:
        return f"“{last}”: " if isinstance(last, str) else ""
    return f"“{last}” " if isinstance(last, str) else "this entry "


def _unknown_key(key: str, node: Node, above: tuple[str | int, ...], parent: Node) -> str:
    if node.value is None and parent.inline:  # before any near word: “friend” is near to “file”
        return f"“{key}” stands here like a key without a value: a text with a comma wants quotes"
    known = [name for name in known_keys(above) if name not in parent.keys]
    field = key.partition("::")[0]
    if field != key and field in _TEXTS:
        return f"unknown key “{key}”: texts in other languages stand in locale/, one .po file a language"
    if field != key and field in (*MEDIA_KINDS, "link") and field in known:
        return f"unknown key “{key}”: a language's own file is given with the language's code, like {field}::ar"
    if key in _MEANT:
        return f"unknown key “{key}”: {_MEANT[key]}"
    near = did_you_mean(key, known)
    if parent.inline and not near and not _TEXTS.isdisjoint(parent.keys):
        return f"unknown key “{key}”: is it part of a text with a comma? That wants quotes (there are {listed(sorted(known), 40)})"
    return f"unknown key “{key}”{near or (f' (there are {listed(sorted(known), 40)})' if known else '')}"


def _tell_type(file: File, node: Node, detail: ErrorDetails) -> None:
    name = _type_of(node)
    place = node.child("type") or node
    if not name:
        file.add(place, _missing("type") if "type" not in node.keys else "“type” wants the name of a step type")
    elif name in _LATER:
        file.add(place, f"the step type “{name}” is “{_LATER[name]}” here, and not served by this version yet")
    elif name in UNSUPPORTED:
        file.add(place, f"the step type “{name}” is not served by this version yet (there are {listed(_types(detail), 20)})")
    else:
        types = _types(detail)
        other = _OTHER_NAMES.get(name.lower())
        near = f"; did you mean {other}?" if other else did_you_mean(name, [*types, *UNSUPPORTED])
        file.add(place, f"there is no step type “{name}”{near or f' (there are {listed(types, 20)})'}")


def _types(detail: ErrorDetails) -> list[str]:
    return [word.strip(" '\"") for word in str(detail.get("ctx", {}).get("expected_tags", "")).split(",")]


def _explain(kind: str, detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    stem = kind.removesuffix("_type").removesuffix("_parsing").removesuffix("_from_float")
    if kind in _RULES:
        return str(context.get("error", detail["msg"]))
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", ""))
        words = [word.strip("' ") for word in expected.replace(" or ", ",").split(",") if word.strip()]
        return f"may be {listed(words, 20)}{did_you_mean(str(detail['input']), words)}"
    if stem in _WANTED:
        return f"wants {_WANTED[stem]}, here is {_shown(detail['input'])}" + _hint(stem, detail["input"], detail["loc"][-1])
    return _explain_bound(kind, context) or f"is wrong: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _explain_bound(kind: str, context: dict[str, Any]) -> str:
    for key, words in (
        ("gt", "must be greater than"),
        ("ge", "must be at least"),
        ("lt", "must be less than"),
        ("le", "may be at most"),
    ):
        if key in context:
            return f"{words} {text_of(context[key])}"
    if kind in ("too_short", "string_too_short"):
        return "is empty" if context.get("min_length") == 1 else f"is too short: at least {context.get('min_length')}"
    if kind in ("too_long", "string_too_long"):
        return f"is too long: at most {context.get('max_length')}"
    if kind == "string_pattern_mismatch":
        return f"is not of the form {context.get('pattern')}"
    return ""


def _hint(stem: str, value: Any, key: str | int) -> str:
    """How to mend the usual confusions of kinds."""
    wanted = _WANTED[stem]
    if wanted == "text":
        expression = isinstance(value, bool) and key in EXPRESSIONS
        quotes = "; put it in quotes" if type(value) in (int, float, bool) else ""
        return f'; write "{_shown(value)}()"' if expression else quotes
    if wanted == "a list":
        return f"; write [{value[:40]}]" if isinstance(value, str) else "; each entry begins with “- ”" if value else ""
    if not isinstance(value, str):
        return ""
    if wanted == "keys and values":
        return "; a blank belongs behind the “:”" if _NO_BLANK.match(value) else ""
    number = _NUMBER.match(value)
    return f"; write {number[0]}" if number else ""


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return "keys and values" if isinstance(value, dict) else "a list"
    words = str(value)
    return f"“{words[:40]}{'…' if len(words) > 40 else ''}”"
