"""YAML 1.2's core schema with places and bounds."""

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.yaml12 import LARGEST, find_place, parse_yaml

WORDS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=5)


def read(text):
    """The plain value of a text that must be without problems."""
    node, problems = parse_yaml(text)
    assert problems == []
    return node.value


def problem(text):
    """The only problem of a text."""
    _, problems = parse_yaml(text)
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2026-03-01", "2026-03-01"),
        ("0o17", 15),
        ("017", 17),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("-3", -3),
        ("+3", 3),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1e", "1e"),
        ("true", True),
        ("True", True),
        ("tRue", "tRue"),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"1"', "1"),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ("!!float 12", 12.0),
        ("! 12", "12"),
        (".inf", ".inf"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_core_schema(text, value):
    """A plain scalar means what YAML 1.2's core schema says, not YAML 1.1's surprises."""
    result = read(f"a: {text}\n")["a"]
    assert result == value
    assert isinstance(result, type(value))


def test_keys_are_text():
    """Keys come out as they are written, so that a trip through JSON changes nothing."""
    assert read("{1: a, true: b, 007: c, null: d}") == {"1": "a", "true": "b", "007": "c", "null": "d"}


def test_structure_aliases_and_empty():
    """Lists, mappings, block texts and aliases come out as plain data; an empty file is None."""
    assert read("a: &x [1, {b: 2}]\nc: *x\nd: |\n  two\n  lines\n") == {"a": [1, {"b": 2}], "c": [1, {"b": 2}], "d": "two\nlines\n"}
    assert read("") is None
    assert read("# only words\n") is None
    assert read("\ufeffa: 1") == {"a": 1}


def test_line_ends_are_those_of_yaml_1_2():
    """U+0085, U+2028 and U+2029 are letters like others, and the lines below them keep their numbers."""
    node, _ = parse_yaml('a: x\u2028y\nb: "x\x85y"\nc: x\u2029 # z\n')
    assert node.value == {"a": "x\u2028y", "b": "x\x85y", "c": "x\u2029"}
    assert [node.child(key).line for key in "abc"] == [1, 2, 3]


def test_places():
    """Every value and key knows its line and column, after any letters."""
    node, _ = parse_yaml('# ü\nsteps:\n  - {name: "hé🙂", label: x}\n  - type: note\n')
    assert (node.child("steps", 0, "label").line, node.child("steps", 0, "label").column) == (3, 26)
    assert node.child("steps", 0).place_of_key("label") == (3, 19)
    assert node.child("steps", 1).place_of_key("missing") == (4, 5)
    assert node.child("steps", 7, "x") is None


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ('a: "Hello ${x}"', 6, (1, 11)),
        ("a: Hello ${x} and ${x}", 15, (1, 19)),
        ("a: |\n  one\n  two ${x}\n", 8, (3, 7)),
        ("a: >\n  one\n  two ${x}\n", 8, (3, 7)),
        ("a: 'it''s ${x}'", 5, (1, 11)),
        ('a: "\\u0041bc d"', 0, (1, 4)),
        ("a: 'one two '", 8, (1, 12)),
    ],
)
def test_find_place(text, offset, place):
    """A place inside a text is told in the file, or the text's own where escapes hide it."""
    node, _ = parse_yaml(text)
    assert find_place(text, node.child("a"), offset) == place


def test_duplicate_keys():
    """Every duplicate key is an error that names the first; all of them are told."""
    _, problems = parse_yaml("a: 1\nb: {x: 1, x: 2}\na: 3\n")
    assert [(found.line, found.column) for found in problems] == [(2, 11), (3, 1)]
    assert "line 1" in problems[1].words


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: {label: Hello ${x}, b: 1}\n", 1, 19, "wants quotes inside { }"),
        ("- {label: Hello # x}\n- 1\n", 1, 3, "wants quotes inside { }"),
        ("a: {x: Hi: you}\n", 1, 10, "wants quotes inside { }"),
        ("a: [${x}]\n", 1, 6, "the ] is missing"),
        ("a:\n\tb: 1\n", 2, 1, "a tab"),
        ("label: Look: here\n", 1, 12, "wants quotes"),
        ('a: "abc\n', 1, 4, "never closed"),
        ('a: "\\q"\n', 1, 5, "escape"),
        ("a: @x\n", 1, 4, "starts with @"),
        ("label: *bold* words\n", 1, 8, "wants quotes"),
        ("a: *nobody\n", 1, 4, "wants quotes"),
        ("label: !x y\n", 1, 8, "wants quotes"),
        ("- type: note\n label: x\n", 2, 2, "indentation"),
        ("a: 'it's'\n", 1, 8, "indentation"),
        ("a: \x07\n", 1, 4, "U+0007"),
        ("a: 1\n---\nb: 1\n", 2, 1, "second document"),
        ("a: 1e999\n", 1, 4, "too large"),
        ("? [a]\n: b\n", 1, 3, "key"),
        ("a: &x [*x]\n", 1, 8, "contains itself"),
        ("a:\n  b: 1\n\tc: 2\n", 3, 1, "a tab"),
        ("a: @x\n", 1, 4, "wants quotes"),
        ("a: ? x\n", 1, 4, "starts with ?"),
        ("a: - x\n", 1, 4, "starts with -"),
        ("a: > x\n", 1, 4, "starts with >"),
        ("a: {b}, c\n", 1, 7, "starts with {"),
        ("a: &x\n", 1, 4, "stands before nothing"),
        ("<<: {a: b}\n", 1, 1, "merging"),
        ("type: a\ntype: b\n", 2, 1, "a new step begins"),
        ("a: !!int x\n", 1, 4, "no int"),
        ("a: !!python/object:os.system x\n", 1, 4, "tag"),
    ],
)
def test_errors_have_places_and_hints(text, line, column, words):
    """What is no YAML is told with its place and what is most often missing."""
    found = problem(text)
    assert words in found.words
    assert (found.line, found.column) == (line, column)


def test_bounds():
    """Size, depth and the growth through aliases are bounded, and reached quickly."""
    began = time.monotonic()
    assert "larger" in problem("x" * (LARGEST + 1)).words
    assert "deeper" in problem("[" * 200_000).words
    assert "deeper" in problem("a: " + "{b: " * 60 + "}" * 60).words
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 10):
        bomb += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"
    assert "aliases counted" in problem(bomb).words
    assert time.monotonic() - began < 2


@given(st.text(alphabet="ab:,{}[]-#&*!|>'\"%@`\n\t $0.~?\\é", max_size=60))
def test_any_text_is_read_or_told(text):
    """No text raises; what can't be read has a problem with a place."""
    node, problems = parse_yaml(text)
    assert node is not None or problems
    assert all(found.line >= 1 and found.column >= 1 for found in problems)


@given(st.recursive(st.none() | st.booleans() | st.integers() | WORDS, lambda inner: st.lists(inner, max_size=3)))
def test_json_is_yaml(value):
    """JSON reads as itself, as YAML 1.2 promises."""
    assert read(json.dumps({"a": value}, ensure_ascii=False)) == {"a": value}


def test_numbers_stay_finite():
    """No number that JSON could not hold comes out."""
    assert math.isfinite(read("a: 1e300")["a"])
