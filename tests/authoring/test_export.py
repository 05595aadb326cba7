"""Every answer as a row: the columns that scripts rely on, current or with the replaced ones, safe in a spreadsheet."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from authoring.export import COLUMNS, export
from database.records import Person
from database.sqlite.store import SqliteStore
from flow.engine import begin, resume
from flow.programme import Programme
from flow.state.context import Context
from flow.state.inputs import Back, Press, Text

START = datetime(2026, 3, 1, 18, 55, tzinfo=UTC)
STEPS = [
    {"type": "integer", "name": "before", "label": "How cold?"},
    {"type": "text", "name": "belief", "label": "I am …"},
    {"type": "select_multiple", "name": "many", "label": "Which?", "choices": ["red", "blue"], "required": False},
    {"type": "calculate", "name": "gain", "calculation": "${before} * 0.5"},
    {"type": "acknowledge", "name": "bye", "label": "Bye"},
]


class FewRuns:
    """A store of some runs; counts how often contents are read."""

    def __init__(self, contents, runs):
        self.contents, self.runs, self.reads = contents, runs, []

    async def iterate_runs(self, programme=None):
        for run in self.runs:
            if programme in (None, run["programme"]):
                yield run

    async def find_content(self, digest):
        self.reads.append(digest)
        return self.contents.get(digest)


def programme(name="calm", version="2026.11"):
    """A programme of five steps."""
    head = {"programme": name, "title": "Calm", "menu": ["main"], "version": version}
    return Programme.load({"programme": head, "flows": {"main": {"title": "Main", "steps": STEPS}}})


def walked(content, person, *inputs, number=1):
    """The run of somebody who gave these inputs, a second after one another, as the store keeps it."""
    turn = begin(content, "main", number, Context(first_name="Mona"), START)
    for seconds, given in enumerate(inputs, 1):
        given = Press(turn.run.question_number, given) if given in ("0", "1", "done", "skip", "ok") else given
        turn = resume(content, turn.run, given, Context(first_name="Mona"), START + timedelta(seconds=seconds))
    return {**turn.run.to_dict(), "person": person}


def store_of(*runs, contents=()):
    """A store with these runs and contents."""
    return FewRuns({content.digest: content.source for content in contents}, list(runs))


async def written(store, format, only=None, every=False):
    """What is written, and the number of rows that is told."""
    pieces = []
    rows = await export(store, only, format, every, pieces.append)
    return "".join(pieces), rows


def read_csv(text):
    """The rows of a CSV text, whose headings must be the columns."""
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert tuple(lines[0]) == COLUMNS
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines[1:]]


async def test_csv():
    """One row an answer: numbers as numbers, several names joined by a space, the skipped and the yes as XLSForm has them."""
    content = programme()
    run = walked(content, 71, Text("-3"), Text("ruhig, „still“\nمرحبا"), "0", "1", "done", "ok")
    text, rows = await written(store_of(run, contents=[content]), "csv")
    found = read_csv(text)
    assert rows == len(found) == 5
    assert found[0] == {
        "person": "71",
        "programme": "calm",
        "flow": "main",
        "version": "2026.11",
        "run": "1",
        "step": "before",
        "type": "integer",
        "value": "-3",
        "asked_at": "2026-03-01T18:55:00+00:00",
        "answered_at": "2026-03-01T18:55:01+00:00",
        "attempt": "1",
        "due_at": "",
        "sent_at": "",
        "touched_at": "2026-03-01T18:55:01+00:00",
        "reminder": "",
        "walk": "1",
        "instance": "",
    }
    assert [row["value"] for row in found] == ["-3", "ruhig, „still“\nمرحبا", "red blue", "-1.5", "true"]


@pytest.mark.parametrize("typed", ["=1+1", "+49 30", "-3", "@SUM(A1)", "\tx", "\rx", "\n=x", "＝1", "－1"])
async def test_no_cell_is_a_formula(typed):
    """Typed words that a spreadsheet would reckon with get a ' before them; in JSON they stay as typed."""
    content = programme()
    store = store_of(walked(content, 1, Text("5"), Text(typed)), contents=[content])
    text, _ = await written(store, "csv")
    assert [row["value"] for row in read_csv(text)] == ["5", "'" + typed]
    text, _ = await written(store, "jsonl")
    assert json.loads(text.splitlines()[1])["value"] == typed


async def test_author_made_cells_are_guarded_too():
    """A version that looks like a formula is text."""
    content = programme(version="=2")
    text, _ = await written(store_of(walked(content, 1, Text("5")), contents=[content]), "csv")
    assert read_csv(text)[0]["version"] == "'=2"


async def test_json_and_lines_hold_the_same():
    """json is one array, jsonl an object a line; lists are lists, skipped is null, letters stay letters."""
    content = programme()
    run = walked(content, 71, Text("7"), Text("ü🙂"), "skip", "ok")
    store = store_of(run, contents=[content])
    array, count = await written(store, "json")
    lines, same = await written(store, "jsonl")
    objects = json.loads(array)
    assert objects == [json.loads(line) for line in lines.splitlines()]
    assert count == same == len(objects) == 5
    assert [tuple(found) for found in objects] == [COLUMNS] * 5
    assert [found["value"] for found in objects] == [7, "ü🙂", None, 3.5, True]
    assert "ü🙂" in array
    many = walked(content, 71, Text("7"), Text("x"), "0", "1", "done")
    array, _ = await written(store_of(many), "json")
    assert json.loads(array)[2]["value"] == ["red", "blue"]


@pytest.mark.parametrize(("format", "expected"), [("csv", ",".join(COLUMNS) + "\r\n"), ("json", "[]\n"), ("jsonl", "")])
async def test_nothing_yet(format, expected):
    """Without answers come the headings, an empty array, or nothing."""
    content = programme()
    assert await written(store_of(), format) == (expected, 0)
    assert await written(store_of(walked(content, 1)), format) == (expected, 0)


async def test_replaced_answers():
    """Only current answers come; with `every` the replaced ones too, told apart by person, run, flow, step and attempt."""
    content = programme()
    run = walked(content, 1, Text("5"), Back(), Text("6"), Back(), Text("7"), Text("x"))
    text, rows = await written(store_of(run), "csv")
    assert [(row["step"], row["value"], row["attempt"]) for row in read_csv(text)] == [("before", "7", "3"), ("belief", "x", "1")]
    text, rows = await written(store_of(run), "csv", every=True)
    found = [(row["step"], row["value"], row["attempt"]) for row in read_csv(text)]
    assert found == [("before", "5", "1"), ("before", "6", "2"), ("before", "7", "3"), ("belief", "x", "1")]
    assert rows == 4


async def test_what_is_known_of_the_asking():
    """When it was due, sent and first touched, and by which reminder; nobody touches what time answers or nobody asked."""
    content, facts = programme(), {"sent_at": "S", "due_at": "D", "reminder": "calm/2026-03-01/0"}
    run = walked(content, 1, Text("5"), Text("x"), "skip")
    first, second, third, fourth = run["answers"]
    run["answers"] = [{**first, **facts}, {**second, "touched_at": "T"}, {**third, "elapsed": True}, fourth]
    text, _ = await written(store_of(run), "csv")
    known = [tuple(row[key] for key in ("due_at", "sent_at", "touched_at", "reminder")) for row in read_csv(text)]
    assert known[:3] == [("D", "S", "2026-03-01T18:55:01+00:00", "calm/2026-03-01/0"), ("", "", "T", ""), ("", "", "", "")]
    assert fourth["type"] == "calculate"
    assert known[3] == ("", "", "", "")


async def test_one_programme_and_its_versions():
    """Each row has the version of the content its run was begun with, read once a content; another programme's rows stay out."""
    old, new, other = programme(version="1"), programme(version="2"), programme("quiz")
    runs = [walked(content, person, Text("5")) for person, content in enumerate([old, new, other, old, new])]
    store = store_of(*runs, contents=[old, new])
    text, rows = await written(store, "csv", "calm")
    assert [(row["person"], row["version"]) for row in read_csv(text)] == [("0", "1"), ("1", "2"), ("3", "1"), ("4", "2")]
    assert store.reads == [old.digest, new.digest]
    text, _ = await written(store, "csv", "quiz")
    assert [(row["programme"], row["version"]) for row in read_csv(text)] == [("quiz", "")]
    assert rows == 4


async def test_unknown_format():
    """A format that is none is refused before anything is written."""
    with pytest.raises(ValueError, match="csv, json, jsonl"):
        await written(store_of(), "xlsx")


async def test_from_the_database(tmp_path):
    """What a real store keeps, open and ended runs of several people, comes out whole, each answer once."""
    store, content = SqliteStore(tmp_path / "waymark.db"), programme()
    await store.open()
    try:
        await store.save_content(content.digest, content.name, content.source)
        for person in (1, 2, 3):
            ended = walked(content, person, Text("-3"), Text("=x"), "0", "1", "done", "ok")
            running = walked(content, person, Text("4"), number=2)
            for run in (ended, running):
                del run["person"]
            await store.save_person(Person(person, closed=(ended,), run=running, run_count=2, programme="calm"))
        text, rows = await written(store, "csv", "calm")
        found = read_csv(text)
        assert rows == len(found) == 18
        keys = {(row["person"], row["run"], row["step"], row["value"], row["version"]) for row in found}
        steps = [("before", "-3"), ("belief", "'=x"), ("many", "red blue"), ("gain", "-1.5"), ("bye", "true")]
        of_ended = {(str(person), "1", *step, "2026.11") for person in (1, 2, 3) for step in steps}
        assert keys == of_ended | {(str(person), "2", "before", "4", "2026.11") for person in (1, 2, 3)}
        assert await written(store, "json", "quiz") == ("[]\n", 0)
    finally:
        await store.close()
