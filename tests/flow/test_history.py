"""Going back, answering anew, loops and edits: what is current, what is replaced, what is taken back."""

import pytest

from flow.state.effects import Refused, Retick
from flow.state.history import MOST_REPLACED
from flow.state.inputs import Edited, Press, Show

A, B, C = ({"type": "text", "name": name, "label": name} for name in "abc")
AGAIN = {
    "type": "select_one",
    "name": "again",
    "label": "Again?",
    "choices": ["Yes", "No"],
    "next": [{"if": ". = 'Yes'", "go": "a"}],
}


def test_back_and_anew(talk):
    """Back opens the previous question under a new number; its answer stays until another is given, which is attempt 2."""
    person = talk(A, B, C).type("1").type("2").back()
    assert person.kinds() == ["Settle", "Ask"]
    assert (person.first("Settle").question_number, person.ask().question_number, person.ask().key) == (3, 4, "main.b")
    assert person.answers() == {"a": "1", "b": "2"}
    assert person.put(Press(3, "skip")).turn.effects == (Refused("stale"),)
    person.type("22")
    assert person.ask().key == "main.c"
    assert person.answers() == {"a": "1", "b": "22"}
    assert [(a["value"], a["attempt"], a["replaced"]) for a in person.run.answers] == [
        ("1", 1, False),
        ("2", 1, True),
        ("22", 2, False),
    ]


def test_back_on_the_first(talk):
    """There is nothing before the first question, also after going all the way back."""
    person = talk(A, B).back()
    assert person.turn.effects == (Refused("first"),)
    person.type("1").back()
    before = person.run
    assert person.back().turn.effects == (Refused("first"),)
    assert person.run == before


def test_back_over_several(talk):
    """What was answered after the question that is answered anew is taken back, even if the new way does not come there."""
    first = {
        "type": "select_one",
        "name": "first",
        "label": "?",
        "choices": [{"name": "long", "label": "Long"}, {"name": "short", "label": "Short", "go": "c"}],
    }
    sum_up = {"type": "calculate", "name": "sum", "calculation": "concat(${a}, ${b})"}
    person = talk(first, A, B, sum_up, C).press("Long").type("1").type("2")
    assert person.answers() == {"first": "long", "a": "1", "b": "2", "sum": "12"}
    person.back().back().back()
    assert person.ask().key == "main.first"
    assert person.answers()["sum"] == "12"
    person.press("Short")
    assert person.ask().key == "main.c"
    assert person.answers() == {"first": "short"}


def test_back_across_notes_and_inner_flows(talk):
    """Back finds its way into an inner flow and out of it; walking on from there ends where it should."""
    note = {"type": "note", "name": "n", "label": "Note"}
    walk = {"type": "flow", "name": "w", "flow": "inner"}
    person = talk(A, walk, note, C, inner=[note, B]).type("1").type("2")
    assert person.ask().key == "main.c"
    person.back()
    assert (person.ask().key, person.run.frames, person.run.current) == ("inner.b", ("main.w",), "inner")
    person.back()
    assert (person.ask().key, person.run.frames) == ("main.a", ())
    person.type("x").type("y").type("z")
    assert person.run.status == "done"
    assert person.answers() == {"a": "x", "c": "z"}
    assert person.answers("inner") == {"b": "y"}


def test_back_to_ticks(talk):
    """A select_multiple comes back with what was ticked; asked again in a loop it begins afresh."""
    many = {"type": "select_multiple", "name": "a", "label": "?", "choices": ["x", "y"]}
    person = talk(many, AGAIN).press("y").press("Done").back()
    assert person.labels()[0] == ["x", "✓ y"]
    assert person.press("x").first("Retick") == Retick(3, person.rows())
    person.press("Done").press("Yes")
    assert person.labels()[0] == ["x", "y"]


def test_loops(talk):
    """A question asked again by a jump replaces its answer and counts attempts; the others stay."""
    person = talk(A, AGAIN).type("1").press("Yes").type("2").press("Yes").type("3").press("No")
    assert person.answers() == {"a": "3", "again": "No"}
    assert [a["attempt"] for a in person.run.answers if a["step"] == "a"] == [1, 2, 3]


def test_back_in_a_loop(talk):
    """Taking back the second round makes the first round's answer current again."""
    person = talk(A, AGAIN).type("1").press("Yes").type("2").back().back()
    assert person.ask().key == "main.again"
    person.press("No")
    assert person.run.status == "done"
    assert person.answers() == {"a": "1", "again": "No"}


def test_edit_of_the_latest(talk, words):
    """An edit walks on from there again: what follows is calculated and asked anew; the same value again says nothing."""
    twice = {"type": "calculate", "name": "twice", "calculation": "${q} * 2"}
    more = {"type": "calculate", "name": "more", "calculation": "${twice} + 1"}
    other = {"type": "calculate", "name": "other", "calculation": "random()"}
    number = {"type": "integer", "name": "q", "label": "?", "constraint": ". < 10"}
    person = talk(number, twice, more, other, {"type": "text", "name": "c", "label": "${more}"}).type("3")
    person.put(Edited(" ٤"))
    assert person.kinds() == ["Settle", "Ask"]
    assert person.answers() | {"other": 0} == {"q": 4, "twice": 8, "more": 9, "other": 0}
    assert (person.run.question_number, person.run.step) == (3, "c")
    assert words(person.put(Show()).ask().text) == "9"
    before = person.run
    assert person.put(Edited(" 4 ")).turn.effects == ()
    assert person.run == before
    for wrong in ("four", "11", ""):
        before = person.run
        assert person.put(Edited(wrong)).turn.effects == (Refused("edit"),)
        assert person.run == before
    assert [(a["value"], a["attempt"]) for a in person.run.answers if a["step"] == "q"] == [(3, 1), (4, 2)]
    person.back().type("5")
    assert person.answers()["q"] == 5
    assert [a["attempt"] for a in person.run.answers if a["step"] == "q"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("step", "given", "edited", "value"),
    [
        (A, "x", "y", "y"),
        ({"type": "decimal", "name": "a", "label": "?"}, "1", "1.5", 1.5),
        ({"type": "range", "name": "a", "label": "?"}, "1", "2", 2),
        ({"type": "select_one", "name": "a", "label": "?", "choices": ["x", "y"]}, "x", "y", "y"),
        ({"type": "range", "name": "a", "label": "?"}, "1", "99", None),
        ({"type": "select_one", "name": "a", "label": "?", "choices": ["x", "y"]}, "x", "z", None),
        ({"type": "acknowledge", "name": "a", "label": "?"}, "OK", "OK", None),
    ],
)
def test_edit_by_type(talk, step, given, edited, value):
    """What is typed may be edited into what fits; all else is refused."""
    person = talk(step, B).type(given)
    before = person.run
    person.put(Edited(edited))
    if value is None:
        assert person.turn.effects == (Refused("edit"),)
        assert person.run == before
    else:
        assert person.answers() == {"a": value}


def test_edit_of_own_words(talk):
    """The typed words of or_other may be edited; a skipped question and no answer at all may not."""
    step = {"type": "select_one", "name": "a", "label": "?", "choices": ["x"], "or_other": True, "required": False}
    assert talk(step, B).press("Other").type("mine").put(Edited("ours")).answers() == {"a": "ours"}
    assert talk(step, B).press("Skip").put(Edited("x")).turn.effects == (Refused("edit"),)
    assert talk(A).put(Edited("x")).turn.effects == (Refused("edit"),)


def test_edit_stays_in_its_flow(talk):
    """An edit of an inner flow's answer leaves the person in the outer one."""
    person = talk({"type": "flow", "name": "w", "flow": "inner"}, A, inner=[B]).type("1").put(Edited("2"))
    assert person.answers("inner") == {"b": "2"}
    assert person.run.current == "main"
    assert person.type("x").run.status == "done"


def test_changing_has_an_end_and_going_on_has_none(talk):
    """Every answer is kept, so a person who changes theirs for ever is told to go on."""
    person = talk(A, B).type("0")
    for number in range(1, MOST_REPLACED + 1):
        person.put(Edited(str(number)))
    kept = person.run
    assert len(kept.answers) == MOST_REPLACED + 1 and person.answers() == {"a": str(MOST_REPLACED)}
    assert person.put(Edited("once more")).turn.effects == (Refused("worn"),)
    assert person.back().turn.effects == (Refused("worn"),)
    assert person.run == kept
    assert person.type("1").run.status == "done"
