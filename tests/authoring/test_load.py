"""A folder of programmes: what is right is served, what is wrong is told, all at once, with its place and the nearest word."""

import json
import sys
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authoring.check import check_command
from authoring.load import load_programmes

HEAD = 'programme: calm\ntitle: Calm\nversion: "1"\ndays: [day-1]\n'
FLOW = """\
title: One
steps:
  - {type: note, name: hello, label: "Good evening ${first_name}."}
  - type: select_one
    name: place
    label: Where are you?
    choices:
      - {name: standing, label: Standing, go: bye}
      - {name: sitting, label: Sitting}
  - {type: text, name: belief, label: I am …, constraint: string-length(.) <= 200}
  - {type: calculate, name: size, calculation: "string-length(${belief})"}
  - {type: note, name: bye, label: "You wrote: *${belief}*", go: end}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes the files of the programme `calm` and stands in the folder above it, so that findings read `calm/…`."""
    monkeypatch.chdir(tmp_path)

    def write_files(**files):
        for name, text in {"programme": HEAD, "day_1": FLOW, **files}.items():
            path = tmp_path / "calm" / f"{name.replace('_', '-')}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        return tmp_path

    return write_files


def lines_of(folder):
    """The findings of a folder as printed."""
    return check_command(folder)[0]


def flow_lines(write, *steps):
    """The findings of a flow with these steps, one a line from line 3 on, without `calm/day-1.yaml:`."""
    folder = write(day_1="title: One\nsteps:\n" + "".join(f"  - {step}\n" for step in steps))
    return [line.removeprefix("calm/day-1.yaml:") for line in lines_of(folder)]


ASK = "{type: text, name: ask, label: x}"
PNG = b"\x89PNG\r\n\x1a\n and so on"


def test_a_right_programme_is_served(write):
    """A programme without errors loads, under its name, without findings."""
    loaded = load_programmes(write())
    assert loaded.findings == []
    assert list(loaded.programmes) == ["calm"]
    assert loaded.programmes["calm"].source["flows"]["day-1"]["title"] == "One"
    assert check_command(write()) == ([], 0)


def test_warnings_do_not_stop(write):
    """A warning is told while the programme is served, and the check's exit status stays 0."""
    folder = write(spare=FLOW)
    assert list(load_programmes(folder).programmes) == ["calm"]
    lines, status = check_command(folder)
    assert lines == ["calm/spare.yaml:1:1: warning: nobody comes to the flow “spare”: it is in no days, no menu and no flow step"]
    assert status == 0


def test_all_files_are_told_at_once(write):
    """Errors of several files and of every kind come together, and the exit status is 1."""
    folder = write(
        programme=HEAD.replace("calm", "clam").replace("[day-1]", "[day-1, day-3, broken]"),
        day_1=FLOW.replace("go: bye", "go: by").replace("${belief}*", "${believe}*"),
        broken="title: x\nsteps:\n  - {type: note, name: a, label: Hello ${first_name}}\n",
    )
    lines, status = check_command(folder)
    assert status == 1
    assert [line.split(":", 3)[:3] for line in lines] == [
        ["calm/broken.yaml", "3", "41"],
        ["calm/day-1.yaml", "8", "47"],
        ["calm/day-1.yaml", "12", "49"],
        ["calm/programme.yaml", "1", "12"],
        ["calm/programme.yaml", "4", "15"],
    ]
    assert "wants quotes" in lines[0]
    assert "did you mean bye?" in lines[1]
    assert "did you mean belief?" in lines[2]
    assert load_programmes(folder).programmes == {}


def test_one_broken_programme_leaves_the_others(write):
    """A programme with errors is not loaded; the one beside it is."""
    folder = write()
    other = folder / "other"
    other.mkdir()
    (other / "programme.yaml").write_text("programme: other\ntitle: [\n")
    loaded = load_programmes(folder)
    assert list(loaded.programmes) == ["calm"]
    assert loaded.errors[0].path == "other/programme.yaml"


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("{type: note, name: n, labell: x}", "3:27: error: unknown key “labell”; did you mean label?"),
        (
            "{type: note, name: n, label: Hi, friend}",
            "3:38: error: “friend” stands here like a key without a value: a text with a comma",
        ),
        ("{type: nota, name: n, label: x}", "3:12: error: there is no step type “nota”; did you mean note?"),
        ("{name: n, label: x}", "3:5: error: “type” is missing"),
        ("{type: dateTime, name: n, label: x}", "3:12: error: the step type “dateTime” is not served by this version yet"),
        ("{type: note, name: n, label: [x]}", "3:34: error: “label” wants text, here is a list"),
        ("{type: select_one, name: n, label: x}", "3:5: error: “choices” is missing: a select_one step needs it"),
        ("{type: select_one, name: n, label: x, choices: []}", "3:52: error: “choices” is empty"),
        ("{type: timer, name: n, label: x}", "3:5: error: “seconds” is missing: a timer step needs it"),
        ("{type: timer, name: n, label: x, seconds: 0}", "3:47: error: “seconds” must be greater than 0"),
        ("{type: flow, name: n}", "3:5: error: “flow” is missing: a flow step needs it"),
        ("{type: flow, name: n, flow: day_1}", "3:33: error: there is no flow “day_1”; did you mean day-1?"),
        ("{type: flow, name: n, flow: day-1}", "3:33: error: the flow “day-1” walks itself"),
        ("{type: calculate, name: n}", "3:5: error: “calculation” is missing"),
        ("{type: text, name: end, label: x}", "3:24: error: “end” is where a flow ends"),
        ("{type: text, name: 1st, label: x}", "3:24: error: the name “1st” can't be a variable"),
        ("{type: text, name: ask, label: x}", "4:24: error: a step “ask” is already in line 3"),
        ("{type: text, name: day, label: x}", "3:24: warning: ${day} is also what the bot itself knows"),
        (
            "{type: range, name: n, label: x, parameters: {start: 1, end: 5, step: 0}}",
            "3:50: error: from 1 no step of 0 comes to 5",
        ),
        (
            "{type: range, name: n, label: x, parameters: {start: 1, end: 900}}",
            "3:50: error: from 1 to 900 by 1 are more than 96 buttons",
        ),
        ("{type: select_one, name: n, label: x, choices: [a, a]}", "3:56: error: the choice “a” is already in line 3"),
        ("{type: text, name: n, label: x, go: aks}", "3:41: error: there is no step “aks” in this flow; did you mean ask?"),
        ("{type: text, name: n, label: x, next: [{if: '1', go: aks}]}", "3:58: error: there is no step “aks”"),
        ("{type: text, name: n, label: x, expires: 4h, on_expiry: aks}", "3:61: error: there is no step “aks”"),
        ("{type: text, name: n, label: x, on_expiry: ask}", "3:48: error: “on_expiry” needs “expires”"),
        ("{type: text, name: n, label: x, expires: 4 hours}", "3:46: error: “expires”: a time span is a number and s, m, h or d"),
        ("{type: text, name: n, label: x, expires: 0s}", "3:46: error: a wait of 0s is none"),
        ("{type: note, name: n, label: x, expires: 4h}", "3:46: error: a note waits for nobody, so it can't expire"),
        ("{type: timer, name: n, label: x, seconds: 9, expires: 4h}", "3:59: error: a timer ends by itself"),
        ("{type: select_one, name: n, label: x, choices: [{name: a, label: A, go: aks}]}", "3:77: error: there is no step “aks”"),
        (
            "{type: note, name: n, label: 'Hi ${frist_name}'}",
            "3:38: error: nothing is named “frist_name”; did you mean first_name?",
        ),
        ("{type: note, name: n, label: 'Hi ${first name}'}", "3:38: error: “${first name}” names no answer"),
        (
            "{type: note, name: n, label: 'Hi ${day-1.aks}'}",
            "3:38: error: the flow “day-1” has no step “aks”; did you mean day-1.ask?",
        ),
        ("{type: note, name: n, label: 'Hi ${day-2.ask}'}", "3:38: error: there is no flow “day-2”; did you mean day-1?"),
        ("{type: note, name: n, label: 'Hi ${n}'}", "3:38: warning: “n” is a note and has no answer"),
        ("{type: text, name: n, label: x, constraint: '. > 3 and'}", "3:59: error: the expression ends too early"),
        (
            "{type: text, name: n, label: x, relevant: 'slected(${ask}, 1)'}",
            "3:48: error: there is no function slected(); did you mean",
        ),
        ("{type: text, name: n, label: x, relevant: '${aks} > foo()'}", "3:48: error: nothing is named “aks”; did you mean ask?"),
        ("{type: calculate, name: n, calculation: '${ask} + ''x'''}", "3:56: error: “+” needs a number"),
        ("{type: note, name: n, label: 'a\ue000b'}", "3:36: error: the character U+E000 is reserved"),
        ("{type: note, name: n, image: https://example.org/sea.jpg}", None),
        ("{type: note, name: n, image: sea.jpg}", "3:34: error: sea.jpg is not in media/"),
    ],
)
def test_each_mistake_has_its_place_and_word(write, step, told):
    """Every mistake of a step is told at the key or value it is about, with the nearest right word."""
    steps = (ASK, step) if told and told.startswith("4:") else (step, ASK)
    lines = flow_lines(write, *steps)
    if told is None:
        assert lines == []
    else:
        assert any(line.startswith(told) for line in lines), lines


def test_choices_in_expressions(write):
    """A choice that does not exist is a warning, arithmetic on a choice without numbers an error; numbered choices may be added."""
    lines = flow_lines(
        write,
        "{type: select_one, name: place, label: x, choices: [bed, chair]}",
        "{type: select_one, name: score, label: x, choices: ['1', '2']}",
        "{type: select_multiple, name: many, label: x, choices: [red, blue], relevant: \"${place} = 'chiar' or ${place} > 3\"}",
        "{type: text, name: t, label: x, relevant: \"selected(${many}, 'rde') and ${score} + 1 > 2 and ${place} != ''\"}",
    )
    assert [line.split(": ", 1)[1] for line in lines] == [
        "warning: “chiar” is no choice of “place”; did you mean chair?",
        "error: “>” needs a number, but “place” is a choice (bed, chair)",
        "warning: “rde” is no choice of “many”; did you mean red?",
    ]


def test_circles_without_a_question(write):
    """A circle of notes is an error when it never ends, a warning when it may, and fine with a question in it."""
    note = "{{type: note, name: {0}, label: x{1}}}"
    sure = flow_lines(write, note.format("a", ""), note.format("b", ", go: a"))
    assert sure == ["3:5: error: from “a” it goes round and round without a question"]
    maybe = flow_lines(write, ASK, note.format("a", ""), note.format("b", ", next: [{if: '${ask} = 1', go: a}]"))
    assert maybe == ["4:5: warning: from “a” it may go round and round without a question"]
    assert flow_lines(write, ASK, note.format("b", ", go: ask")) == []
    assert flow_lines(write, note.format("a", ", go: a"))[0].startswith("3:5: error: from “a” it goes round")


def test_unreachable_steps(write):
    """The first of the steps that nothing leads to is told; choices that all jump away lead nowhere else."""
    lines = flow_lines(write, "{type: text, name: a, label: x, go: c}", ASK, "{type: text, name: c, label: x}")
    assert lines == ["4:5: warning: nothing leads to “ask”"]
    choices = "choices: [{name: a, label: A, go: end}, {name: b, label: B, go: end}]"
    assert flow_lines(write, f"{{type: select_one, name: s, label: x, {choices}}}", ASK) == ["4:5: warning: nothing leads to “ask”"]
    assert flow_lines(write, f"{{type: select_one, name: s, label: x, required: false, {choices}}}", ASK) == []


def test_groups(write):
    """Names, jumps and ways reach into groups and out of them."""
    group = "{type: group, name: g, steps: [{type: text, name: inside, label: x}, {type: note, name: out, label: x, go: last}]}"
    lines = flow_lines(write, group, ASK, "{type: note, name: last, label: 'Hi ${inside}'}", "{type: text, name: inside, label: x}")
    assert lines == [
        "4:5: warning: nothing leads to “ask”",
        "6:24: error: a step “inside” is already in line 3; names are unique in a flow",
    ]


def test_flows_that_walk_each_other(write):
    """Two flows that walk one another would never end."""
    walk = "title: x\nsteps:\n  - {{type: text, name: t, label: x}}\n  - {{type: flow, name: f, flow: {0}}}\n"
    lines = lines_of(write(day_1=walk.format("other"), other=walk.format("day-1")))
    assert [line.split(": ", 1)[0] for line in lines] == ["calm/day-1.yaml:4:33", "calm/other.yaml:4:33"]


def test_other_flows_answers(write):
    """The nearest word for an answer of another flow names that flow."""
    lines = lines_of(
        write(day_2=FLOW.replace("${belief}*", "${size} ${before}"), programme=HEAD.replace("[day-1]", "[day-1, day-2]"))
    )
    assert len(lines) == 1
    assert lines[0].startswith(
        "calm/day-2.yaml:12:57: error: nothing is named “before” in this flow (the bot itself knows first_name"
    )
    lines = lines_of(write(day_2="title: x\nsteps:\n  - {type: note, name: n, label: '${belief}'}\n  - " + ASK))
    assert "calm/day-2.yaml:3:35: error: nothing is named “belief”; did you mean day-1.belief?" in lines


def test_menu(write):
    """A menu's flows, grouped or not, must exist."""
    lines = lines_of(write(programme=HEAD + "menu: {Body: [day-1], Breath: [dya-1]}\n"))
    assert lines == ["calm/programme.yaml:5:32: error: there is no flow “dya-1”: dya-1.yaml is missing; did you mean day-1?"]
    assert lines_of(write(programme=HEAD + "menu: [day-1]\n")) == []


def test_head(write):
    """A missing title, an unknown key, a number where text is wanted: all told in programme.yaml."""
    lines = lines_of(write(programme="programme: calm\ntitel: Calm\nversion: [1]\ndays: [day-1]\n"))
    assert lines[0] == "calm/programme.yaml:1:1: error: “title” is missing"
    assert lines[1] == "calm/programme.yaml:2:1: error: unknown key “titel”; did you mean title?"
    assert lines[2].startswith("calm/programme.yaml:3:10: error: “version” wants text")


def test_media(write):
    """A missing picture is told with the nearest file; a way out of media/ is refused."""
    folder = write()
    (folder / "calm/media").mkdir()
    (folder / "calm/media/sea.png").write_bytes(PNG)
    (folder / "secret.png").write_bytes(PNG)
    lines = flow_lines(
        write,
        ASK,
        "{type: note, name: a, label: x, image: sea.png}",
        "{type: note, name: b, label: x, image: sea.jpg}",
        "{type: note, name: c, label: x, album: [sea.png, ../../secret.png]}",
    )
    assert lines[0] == "5:44: error: sea.jpg is not in media/; did you mean sea.png?"
    assert lines[1].startswith("6:54: error: ")
    assert len(lines) == 2


def test_links_out_of_the_folder(write, tmp_path_factory):
    """Neither a flow nor a programme may be a link to a place outside."""
    folder, outside = write(), tmp_path_factory.mktemp("outside")
    (outside / "flow.yaml").write_text(FLOW)
    (outside / "programme.yaml").write_text(HEAD)
    (folder / "calm/linked.yaml").symlink_to(outside / "flow.yaml")
    (folder / "evil").symlink_to(outside)
    (folder / "calm/round.yaml").symlink_to(folder / "calm/round.yaml")
    lines = lines_of(folder)
    assert "calm/linked.yaml:1:1: error: this is a link out of the programme's folder" in lines
    assert "evil:1:1: error: this is a link out of the folder of programmes" in lines
    assert any(line.startswith("calm/round.yaml:1:1: error: ") for line in lines)
    assert "calm" not in load_programmes(folder).programmes


def test_unreadable_files(write):
    """Text that is no UTF-8, an empty file, a list: each a finding, never an exception."""
    folder = write(empty="", listing="- 1\n", steps_text="title: x\nsteps: here\n", steps_odd="title: x\nsteps: [1, null, [a]]\n")
    (folder / "calm/latin.yaml").write_bytes(b"title: x\nname: caf\xe9\n")
    (folder / "calm/Bad Name.yaml").write_text(FLOW)
    (folder / "calm/old.yml").write_text(FLOW)
    (folder / "calm/folder.yaml").mkdir()
    lines = lines_of(folder)
    for begin in (
        "calm/latin.yaml:2:10: error: this is not UTF-8",
        "calm/empty.yaml:1:1: error: the file is empty",
        "calm/listing.yaml:1:1: error: the file must hold keys and values",
        "calm/steps-text.yaml:2:8: error: ",
        "calm/steps-odd.yaml:2:9: error: ",
        "calm/Bad Name.yaml:1:1: error: a flow's file name",
        "calm/old.yml:1:1: error: name it old.yaml",
        "calm/folder.yaml:1:1: error: folder.yaml can't be read",
    ):
        assert any(line.startswith(begin) for line in lines), (begin, lines)


def test_nothing_there(tmp_path, monkeypatch):
    """A missing folder, no programme at all, a folder without programme.yaml, an unknown name: each told with its path."""
    monkeypatch.chdir(tmp_path)
    assert lines_of(tmp_path / "nowhere")[0].startswith("nowhere:1:1: error: there is no such folder")
    assert lines_of(tmp_path)[0].startswith(".:1:1: error: no programme is here")
    (tmp_path / "calm").mkdir()
    assert lines_of(tmp_path) == ["calm/programme.yaml:1:1: error: programme.yaml is missing"]
    lines, status = check_command(tmp_path, ["clam"])
    assert lines == ["clam:1:1: error: there is no programme “clam”; did you mean calm?"]
    assert status == 1


def test_only_the_named(write):
    """With names only those programmes are read."""
    folder = write()
    (folder / "other").mkdir()
    assert list(load_programmes(folder, ["calm"]).programmes) == ["calm"]
    assert check_command(folder, ["calm"]) == ([], 0)
    assert check_command(folder, ["calm/", str(folder / "calm")]) == ([], 0)
    (folder / "calm" / "calm").mkdir()
    assert check_command(folder, ["calm/calm"])[1] == 1


def test_long_label_is_warned_of(write):
    """A label beyond Telegram's 4,096 characters is a warning, counted in UTF-16 units."""
    lines = flow_lines(write, f"{{type: text, name: a, label: {'🙂' * 2049}}}", f"{{type: text, name: b, label: {'x' * 4096}}}")
    assert len(lines) == 1
    assert lines[0].startswith("3:34: warning: this label is longer")


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["note", "ask", "end", "${ask}", "a b", "${", "", "..", "/x", "\0"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "label", "go", "if", "type"]), inner, max_size=2)
    ),
    max_leaves=4,
)
FIELDS = st.sampled_from(
    [
        "name",
        "label",
        "hint",
        "relevant",
        "constraint",
        "calculation",
        "choices",
        "next",
        "go",
        "on_expiry",
        "flow",
        "steps",
        "image",
        "album",
        "parameters",
        "seconds",
    ]
)


@given(
    type_name=st.sampled_from(["note", "text", "select_one", "range", "timer", "calculate", "flow", "group", "date"]) | ODD,
    fields=st.dictionaries(FIELDS, ODD, max_size=5),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_raises(write, type_name, fields):
    """Whatever stands where, the loader gives a programme or an error, never an exception."""
    steps = [{"type": "text", "name": "ask", "label": "x"}, {"type": type_name, "name": "n", "label": "x", **fields}]
    folder = write(day_1=json.dumps({"title": "x", "steps": steps}))
    loaded = load_programmes(folder)
    assert bool(loaded.programmes) != bool(loaded.errors)
    assert load_programmes(folder, compiled=False).findings == loaded.findings, "the checks alone find what compiling would"


def calls_of(write, count):
    """How many functions, C's among them, are called to check and compile a flow of so many steps."""
    steps = "".join(f'  - {{type: text, name: t{i}, label: "x ${{t0}}", relevant: "${{t0}} != {i}"}}\n' for i in range(count))
    folder = write(day_1="title: x\nsteps:\n" + steps)
    calls = 0

    def note(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        loaded = load_programmes(folder)
    finally:
        sys.setprofile(before)
    assert loaded.findings == [] and len(loaded.programmes["calm"].plans["day-1"].steps) == count
    return calls


def test_two_thousand_steps_cost_what_so_many_steps_cost(write):
    """A step costs the same in a long flow as in a short one, and no more than it did when this was written (575 calls)."""
    calls_of(write, 10)  # what is made once a process, such as the models' validators
    hundred, thousand, two_thousand = calls_of(write, 100), calls_of(write, 1_000), calls_of(write, 2_000)
    assert (two_thousand - thousand) / 1_000 <= 1.1 * (thousand - hundred) / 900
    assert two_thousand / 2_000 < 630


def test_what_is_compiled_later_is_checked_at_once(write):
    """A start leaves the plans to be made by whoever first asks; the findings are the same, and the plans too."""
    folder = write(other="title: x\nsteps:\n  - {type: text, name: a, label: 'x ${nothing', relevant: '1 +'}\n")
    assert load_programmes(folder, compiled=False) == load_programmes(folder)
    (folder / "calm" / "other.yaml").unlink()
    now, later = (load_programmes(folder, compiled=compiled).programmes["calm"] for compiled in (True, False))
    assert "plans" in vars(now) and "plans" not in vars(later)
    assert [step.key for step in later.plans["day-1"].steps] == [step.key for step in now.plans["day-1"].steps]
