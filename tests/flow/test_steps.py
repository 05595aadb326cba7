"""What an author may write: every field of the format is taken, everything else is refused at its place."""

import pytest
from pydantic import ValidationError

from flow.kinds.registry import UNSUPPORTED
from flow.programme import Programme
from flow.times.durations import parse_clock, parse_duration

HEAD = {"programme": "calm", "title": "Calm", "menu": ["main"]}


def load(step, **head):
    """A programme with one step (or none) and further keys in programme.yaml."""
    flow = {"title": "Main", "steps": [step or {"type": "note", "name": "n", "label": "x"}]}
    return Programme.load({"programme": {**HEAD, **head}, "flows": {"main": flow}})


def errors(step=None, **head):
    """The places and kinds of what is refused; the way to the step is left out."""
    with pytest.raises(ValidationError) as caught:
        load(step, **head)
    found = [(error["loc"], error["type"]) for error in caught.value.errors()]
    return [(loc[4:] if loc[:1] == ("flows",) else loc, kind) for loc, kind in found]


EVERY = {
    "label": "L ${first_name}",
    "hint": "H",
    "image": "a.jpg",
    "image::ar": "b.jpg",
    "link": "https://example.org",
    "relevant": "true()",
    "required": False,
    "default": "x",
    "constraint": ". != ''",
    "constraint_message": "M",
    "required_message": "R",
    "appearance": "reply columns-2",
    "pause": "1.5s",
    "go": "end",
    "next": [{"if": "true()", "go": "end"}],
    "expires": "4h",
    "on_expiry": "end",
}
OWN = {
    "note": {},
    "acknowledge": {"choices": ["Ready"]},
    "text": {"parameters": {"randomize": True}},
    "integer": {},
    "decimal": {},
    "select_one": {
        "choices": ["Yes", {"name": 1, "label": "One", "image": "c.png", "go": "end"}],
        "or_other": True,
        "choice_filter": "true()",
    },
    "select_multiple": {"choices": [1, 2.5, "x"], "parameters": {"randomize": True}},
    "range": {"parameters": {"start": 0, "end": 1, "step": 0.5}, "labels": {"0": "no", "1": "yes"}},
    "timer": {"seconds": 30},
    "calculate": {"calculation": "1 + 1"},
    "flow": {"flow": "other"},
    "group": {"steps": [{"type": "text", "name": "inside", "label": "x"}]},
}


@pytest.mark.parametrize("type_name", OWN)
def test_every_field_of_every_type(type_name):
    """Every step takes what every step may have, and what its own type adds."""
    programme = load({"type": type_name, "name": "q", **EVERY, **OWN[type_name]})
    step = programme.flows["main"].step("q")
    assert step.type == type_name
    assert (step.pause, step.expires) == (1.5, 14400.0)
    assert step.next[0].if_ == "true()"
    assert step.translated == {"image::ar": "b.jpg"}
    assert step.label == "L ${first_name}"


@pytest.mark.parametrize(
    ("step", "loc", "kind"),
    [
        ({"type": "text", "name": "q", "labell": "x", "label": "x"}, ("text", "labell"), "extra_forbidden"),
        ({"type": "text", "label": "x"}, ("text", "name"), "missing"),
        ({"type": "text", "name": "q"}, ("text",), "value_error"),
        ({"type": "note", "name": "q"}, ("note",), "value_error"),
        ({"type": "text", "name": "q", "label": ["x"]}, ("text", "label"), "string_type"),
        ({"type": "text", "name": "q", "label": "x", "choices": ["a"]}, ("text", "choices"), "extra_forbidden"),
        ({"type": "text", "name": "q", "label": "x", "image": "a", "video": "b"}, ("text",), "value_error"),
        ({"type": "text", "name": "q", "label": "x", "pause": 2}, ("text", "pause"), "value_error"),
        ({"type": "text", "name": "q", "label": "x", "expires": "4 hours"}, ("text", "expires"), "value_error"),
        ({"type": "text", "name": "q", "label": "x", "required": 1}, ("text", "required"), "value_error"),
        ({"type": "text", "name": "q", "label": "x", "appearance": "columns-9"}, ("text", "appearance"), "value_error"),
        ({"type": "text", "name": "q", "label": "x", "next": [{"go": "end"}]}, ("text", "next", 0, "if"), "missing"),
        (
            {"type": "text", "name": "q", "label": "x", "parameters": {"start": 1}},
            ("text", "parameters", "start"),
            "extra_forbidden",
        ),
        ({"type": "text", "name": "q", "label": "x", "image::": "a"}, ("text", "image::"), "extra_forbidden"),
        ({"type": "text", "name": "q", "label": "x", "translated": {}}, ("text", "translated"), "extra_forbidden"),
        ({"type": "select_one", "name": "q", "label": "x"}, ("select_one", "choices"), "missing"),
        ({"type": "select_one", "name": "q", "label": "x", "choices": []}, ("select_one", "choices"), "too_short"),
        ({"type": "select_one", "name": "q", "label": "x", "choices": [True]}, ("select_one", "choices", 0), "model_type"),
        (
            {"type": "select_one", "name": "q", "label": "x", "choices": [{"label": "A"}]},
            ("select_one", "choices", 0, "name"),
            "missing",
        ),
        ({"type": "select_one", "name": "q", "label": "x", "choices": list(range(97))}, ("select_one", "choices"), "too_long"),
        ({"type": "acknowledge", "name": "q", "label": "x", "choices": ["a", "b"]}, ("acknowledge", "choices"), "too_long"),
        ({"type": "timer", "name": "q", "label": "x", "seconds": 0}, ("timer", "seconds"), "greater_than"),
        ({"type": "calculate", "name": "q"}, ("calculate", "calculation"), "missing"),
        ({"type": "flow", "name": "q"}, ("flow", "flow"), "missing"),
        ({"type": "group", "name": "q", "steps": []}, ("group", "steps"), "too_short"),
        (
            {"type": "group", "name": "q", "steps": [{"type": "text", "name": "i", "label": 1}]},
            ("group", "steps", 0, "text", "label"),
            "string_type",
        ),
        ({"type": "riddle", "name": "q"}, (), "union_tag_invalid"),
        ({"name": "q"}, (), "union_tag_not_found"),
    ],
)
def test_what_is_refused(step, loc, kind):
    """A mistake is told once, at the key that it is about."""
    assert errors(step) == [(loc, kind)]


@pytest.mark.parametrize("type_name", UNSUPPORTED)
def test_later_types(type_name):
    """Types of the format that this version does not serve are unknown to the models; UNSUPPORTED names them."""
    assert errors({"type": type_name, "name": "q", "label": "x"}) == [((), "union_tag_invalid")]


def test_all_errors_at_once():
    """Everything that is wrong is told together."""
    found = errors({"type": "text", "name": "q", "label": 1, "pause": "x"}, title="", languages=["Arabic"])
    assert [loc for loc, _ in found] == [("title",), ("languages", 0), ("text", "label"), ("text", "pause")]


def test_choices_as_words():
    """A plain word is name and label; a number is its word; a choice without a label shows its name."""
    step = load({"type": "select_one", "name": "q", "label": "x", "choices": ["Yes", 2, {"name": "c"}]}).flows["main"].step("q")
    assert [(choice.name, choice.label) for choice in step.choices] == [("Yes", "Yes"), ("2", "2"), ("c", "c")]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("2s", 2), ("0.5s", 0.5), ("15m", 900), ("4h", 14400), ("1.5h", 5400), ("7d", 604800), (" 2 s ", 2)],
)
def test_durations(text, seconds):
    """A number and a unit are seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "s", "2x", "-2s", "2s3", "1h30m", "٢s", "400d", "1e3s", 2, None, 2.5, True])
def test_no_durations(text):
    """Everything else is refused."""
    with pytest.raises(ValueError, match="time span"):
        parse_duration(text)


def test_clocks():
    """Times of day are HH:MM."""
    assert [parse_clock(text) for text in ("19:00", "9:05", "00:00", "23:59")] == ["19:00", "09:05", "00:00", "23:59"]
    for text in ("24:00", "19", "19:60", "", 1140, None, "19:00:00"):
        with pytest.raises(ValueError, match="time of day"):
            parse_clock(text)
