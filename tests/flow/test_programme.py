"""The whole programme: its head, its fingerprint, its way through storage."""

import json

import pytest
from pydantic import ValidationError

from flow.programme import Between, Programme, language_code

FLOW = {"title": "One", "steps": [{"type": "range", "name": "r", "label": "?", "labels": {1: "calm", 10: "tense"}}]}
HEAD = {"programme": "calm", "title": "Calm", "days": ["day-1"]}


def load(**head):
    """A programme with these keys in programme.yaml."""
    return Programme.load({"programme": {**HEAD, **head}, "flows": {"day-1": FLOW}})


def places(**head):
    """Where programme.yaml is refused."""
    with pytest.raises(ValidationError) as caught:
        load(**head)
    return [error["loc"] for error in caught.value.errors()]


def test_head():
    """All keys of programme.yaml, as the format has them."""
    programme = load(
        version="2026.11",
        description="x",
        default_language="English (en)",
        languages=["Arabic (ar)"],
        menu={"Body": ["day-1"], "Breath": ["day-1"]},
        consent="We keep …",
        remind={"at": {"between": ["18:00", "21:00"]}, "again_after": ["2h", "20h"], "quiet": ["22:00", "8:00"]},
        inactivity={"ask_after": "15m", "expire_after": "7d"},
        days_missed="skip",
    )
    assert (programme.name, programme.language, programme.days) == ("calm", "en", ("day-1",))
    assert programme.menu == {"Body": ("day-1",), "Breath": ("day-1",)}
    assert programme.remind.at == Between(between=("18:00", "21:00"))
    assert programme.remind.again_after == (7200, 72000)
    assert programme.remind.quiet == ("22:00", "08:00")
    assert (programme.inactivity.ask_after, programme.inactivity.expire_after) == (900, 604800)
    assert programme.flows["day-1"].name == "day-1"
    assert load(remind={"at": "19:00"}).remind.at == "19:00"
    assert load(remind={}).remind.at == "10:00"
    assert load().days_missed == "stop"


def test_menu_as_a_list():
    """A plain list is one group without a title."""
    assert load(menu=["day-1"]).menu == {"": ("day-1",)}
    assert load().menu == {}


@pytest.mark.parametrize(
    ("head", "loc"),
    [
        ({"titel": "x"}, ("titel",)),
        ({"title": None}, ("title",)),
        ({"version": 1.5}, ("version",)),
        ({"flows": {}}, ("flows",)),
        ({"name": "x"}, ("name",)),
        ({"languages": ["Arabic"]}, ("languages", 0)),
        ({"menu": ["day-1", 3]}, ("menu", 1)),
        ({"menu": {"Body": ["day-1", 3]}}, ("menu", "Body", 1)),
        ({"menu": "day-1"}, ("menu",)),
        ({"remind": {"at": "25:00"}}, ("remind", "at")),
        ({"remind": {"at": {"between": ["18:00", "x"]}}}, ("remind", "at", "between", 1)),
        ({"remind": {"again_after": ["2h", "2"]}}, ("remind", "again_after", 1)),
        ({"remind": {"quiet": ["22:00"]}}, ("remind", "quiet", 1)),
        ({"inactivity": {"ask_after": 15}}, ("inactivity", "ask_after")),
        ({"days_missed": "go"}, ("days_missed",)),
    ],
)
def test_what_is_refused(head, loc):
    """Each mistake of the head is told at its own place."""
    assert places(**head) == [loc]


def test_needs_days_or_menu():
    """A programme that offers nothing is refused."""
    assert places(days=[]) == [()]


@pytest.mark.parametrize(
    "source", [{}, {"programme": None, "flows": None}, {"programme": [], "flows": {}}, {"programme": HEAD, "flows": []}]
)
def test_odd_sources(source):
    """Whatever stands where, it is a ValidationError."""
    with pytest.raises(ValidationError):
        Programme.load(source)


def test_source_and_digest_survive_storage():
    """A stored copy (JSON, keys as words) gives the same programme and the same digest; any change gives another."""
    programme = load()
    copy = Programme.load(json.loads(json.dumps(programme.source)))
    assert copy.digest == programme.digest
    assert copy.source == programme.source
    assert copy == programme
    assert len(programme.digest) == 16
    assert load(title="Calmer").digest != programme.digest


def test_order_of_keys_does_not_matter():
    """The digest is that of the content, not of the order in which keys were written."""
    assert Programme.load({"flows": {"day-1": FLOW}, "programme": dict(reversed(HEAD.items()))}).digest == load().digest


def test_lookup_and_schema():
    """Steps are found by name, also inside groups; the models give a JSON Schema for editors."""
    steps = [
        {"type": "group", "name": "g", "steps": [{"type": "text", "name": "t", "label": "first"}]},
        {"type": "text", "name": "t", "label": "x"},
    ]
    programme = Programme.load({"programme": HEAD, "flows": {"day-1": {"title": "x", "steps": steps}}})
    assert programme.flows["day-1"].step("t").label == "first"
    with pytest.raises(KeyError):
        programme.flows["day-1"].step("nothing")
    schema = json.dumps(Programme.model_json_schema())
    assert '"select_multiple"' in schema
    assert "translated" not in schema
    assert language_code("Hebrew (he)") == "he"
