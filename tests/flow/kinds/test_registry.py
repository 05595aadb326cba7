"""No kind of step can be forgotten: every one is registered, documented, tested with an example, and has its words."""

from pathlib import Path
from typing import get_args

import pytest

from flow.engine import Context, begin
from flow.kinds.registry import KINDS, UNSUPPORTED, Step, find_kind
from handlers.rendering.sentences import sentence
from tests.flow.conftest import START, load

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "programmes.md").read_text(encoding="utf-8")
EXAMPLES = {
    "note": {"label": "Hello."},
    "acknowledge": {"label": "Ready?"},
    "text": {"label": "Your name?"},
    "integer": {"label": "How many?"},
    "decimal": {"label": "How much?"},
    "select_one": {"label": "Where?", "choices": ["bed", "chair"]},
    "select_multiple": {"label": "What?", "choices": ["tea", "milk"]},
    "range": {"label": "How tense?"},
    "timer": {"label": "Breathe.", "seconds": 5},
    "calculate": {"calculation": "1 + 1"},
    "flow": {"flow": "inner"},
    "group": {"steps": [{"type": "text", "name": "inside", "label": "?"}]},
}


def test_every_file_is_registered() -> None:
    files = {path.stem for path in (ROOT / "flow" / "kinds").glob("*.py")} - {"__init__", "registry"}
    assert files == {type(kind).__module__.rpartition(".")[2] for kind in KINDS.values()}


def test_every_kind_stands_in_the_union() -> None:
    union = get_args(get_args(Step)[0])
    assert {kind.model for kind in KINDS.values()} == set(union)
    assert not set(KINDS) & set(UNSUPPORTED)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_has_its_example_its_place_in_the_guide_and_its_sentence(name: str) -> None:
    kind = find_kind(name)
    assert kind is KINDS[name] and kind.type == name
    assert f"type: {name}" in GUIDE
    assert sentence(kind.complaint, "en", start="1", end="2")
    programme = load({"type": name, "name": "one", **EXAMPLES[name]}, inner=[{"type": "text", "name": "b", "label": "?"}])
    run = begin(programme, "main", 1, Context(), START).run
    assert run.status == ("done" if name in ("note", "calculate") else "open")


def test_no_synonym_is_a_type_or_means_two() -> None:
    words = [word for kind in KINDS.values() for word in kind.synonyms]
    assert len(set(words)) == len(words)
    assert not set(words) & set(KINDS)


def test_an_unknown_type_can_do_nothing() -> None:
    kind = find_kind("hologram")
    assert kind.asks and kind.is_answered and not (kind.is_choice or kind.is_number or kind.is_editable or kind.many)
