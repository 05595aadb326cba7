"""Behind a step or key that is no YAML the rest is read, at its own places."""

from hypothesis import given
from hypothesis import strategies as st

from authoring.recovery import parse_file

GOOD = [
    "  - {type: text, name: a, label: x}\n",
    "  - type: text\n    name: b\n    label: |\n      steps:\n        - one: two\n\n      title: three\n",
    '  - type: select_one\n    name: c\n    label: "a\n\n      - b: c"\n    choices:\n    - x\n    - y\n',
    "  # a remark: with a colon\n  - {type: note,\n    name: d, label: x}\n",
    "  -\n    type: note\n    name: e\n    label: 'it''s'\n",
]
BROKEN = [  # each with the line, from 0, that is told
    ("  - {type: text, name: lost, label: x: y}\n", 0),
    ("  - {type: text, name: lost, label: Hi ${x}}\n", 0),
    ("  - type: text\n    name: lost\n    label: x: y\n", 2),
    ("  - type: text\n    name: lost\n     label: x\n", 2),
    ("  - type: text\n    name: lost\n    label: 'never closed\n", 2),
    ('  - type: text\n    name: lost\n    label: "never closed\n', 2),
    ("  - type: select_one\n    name: lost\n    choices:\n      - {name: x, label: @home}\n", 3),
    ("  - type: text\n\tname: lost\n", 1),
]
STEPS = st.lists(st.sampled_from(GOOD).map(lambda text: (text, None)) | st.sampled_from(BROKEN), min_size=1, max_size=7)


@given(steps=STEPS, margin=st.booleans(), behind=st.booleans())
def test_each_broken_step_is_told_and_the_others_are_read(steps, margin, behind):
    """Whatever stands beside it: a broken step has its own line told, once; the good ones are in the tree at their places."""
    text, told, good = ("" if behind else "title: x\n") + "steps:\n", [], []
    for step, wrong in steps:
        line = text.count("\n") + 1
        if wrong is None:
            good.append(line + step.split("-")[0].count("\n"))
        else:
            told.append(line + wrong)
        text += step.replace("\n  ", "\n").removeprefix("  ") if margin else step
    node, problems, lost = parse_file(text + ("title: x\n" if behind else ""))
    assert [problem.line for problem in problems] == told
    assert ("lost" in lost) == bool(told)
    assert not lost & set("abcde")
    if good:
        found = node.child("steps").children.values()
        assert [child.line - (child.value["name"] == "e") for child in found] == good
        assert node.value["title"] == "x"
    else:
        assert node is None


def test_keys_of_the_file():
    """A key that can't be read is left out by its name; the others stay."""
    node, problems, lost = parse_file("programme: calm\ntitle: Day: one\ndays: [a, b\nmenu: {x: [y]}\n")
    assert [(problem.line, problem.column) for problem in problems] == [(2, 11), (3, 7)]
    assert node.value == {"programme": "calm", "menu": {"x": ["y"]}}
    assert lost == {"title", "days"}


def test_nothing_left():
    """When no key and no step can be read, or parts are tied together by anchors, only what is wrong is told."""
    assert parse_file("title: x: y\n")[0] is None
    assert parse_file("title: x\nsteps:\n  - {a: b: c}\n")[0] is None
    assert parse_file("just words\n: : :\n")[0] is None
    node, problems, lost = parse_file("a: &x 1\nb: *x\nc: d: e\nf: g: h\n")
    assert (node, len(problems), lost) == (None, 1, frozenset())


@given(st.text(alphabet="ab:,{}[]-#&*|>'\"\n\t $é", max_size=80))
def test_any_text(text):
    """No text raises; what is wrong has a place inside the text."""
    for source in (text, f"title: x\nsteps:\n  - {{a: b}}\n  - {text}\n  - c: d\n"):
        node, problems, _ = parse_file(source)
        assert node is not None or problems
        assert all(1 <= problem.line <= source.count("\n") + 2 for problem in problems)
