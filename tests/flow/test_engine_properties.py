"""Whatever people do in whatever programme: nothing raises, no required question is skipped, every run survives its dict."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow.engine import Context, begin, resume
from flow.programme import Programme
from flow.state.inputs import Back, Edited, Elapsed, Leave, Other, Press, Show, Text
from flow.state.passages import split_walk
from flow.state.run import Run

NAMES = ["a", "b", "c", "d", "e", "g", "w"]
EXPRESSIONS = st.sampled_from(
    [
        "${a} = 'x'",
        "${b} > 2",
        "true()",
        "false()",
        "selected(${c}, 'y')",
        "${inner.a} != ''",
        "once(random()) > 0.5",
        "date(${a}) > 1",
        "((",
    ]
)
LABELS = st.sampled_from(["?", "Hi ${first_name}", "${a} ${b} ${inner.c} ${none}", "*${c}*", "${"])
TARGETS = st.sampled_from([*NAMES, "end", "nowhere"])
CHOICES = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["x", "y", "z"]), "label": st.sampled_from(["X", "Y ${a}", "2"])}, optional={"go": TARGETS}
    ),
    min_size=1,
    max_size=3,
)
OWN = {
    "note": st.just({}),
    "acknowledge": st.just({}),
    "text": st.just({}),
    "integer": st.just({}),
    "decimal": st.just({}),
    "select_one": st.fixed_dictionaries({"choices": CHOICES, "or_other": st.booleans()}, optional={"choice_filter": EXPRESSIONS}),
    "select_multiple": st.fixed_dictionaries(
        {"choices": CHOICES, "or_other": st.booleans()}, optional={"choice_filter": EXPRESSIONS}
    ),
    "range": st.fixed_dictionaries(
        {"parameters": st.fixed_dictionaries({"end": st.integers(0, 12), "step": st.sampled_from([1, 0.5, 0])})}
    ),
    "timer": st.just({"seconds": 5}),
    "calculate": st.fixed_dictionaries({"calculation": st.one_of(EXPRESSIONS, st.just("${b} * 2"), st.just("concat(${a}, ${c})"))}),
    "flow": st.just({"flow": "inner"}) | st.just({"flow": "nowhere"}) | st.just({"flow": "main"}),
}
COMMON = {
    "relevant": EXPRESSIONS,
    "required": st.booleans() | EXPRESSIONS,
    "constraint": EXPRESSIONS | st.just(". != 'no'"),
    "default": st.sampled_from(["x", 3, ["x"], "${a}", None, {"a": 1}, True]),
    "go": TARGETS,
    "next": st.lists(st.fixed_dictionaries({"if": EXPRESSIONS, "go": TARGETS}), max_size=2),
    "appearance": st.sampled_from(["reply", "likert", "columns-2"]),
    "expires": st.just("4h"),
    "on_expiry": TARGETS,
    "pause": st.sampled_from(["0s", "2s"]),
}


@st.composite
def make_step(draw, depth=0):
    """One step of any type with any fields."""
    kind = draw(st.sampled_from([*OWN, "group"] if depth == 0 else list(OWN)))
    own = {"steps": draw(st.lists(make_step(1), min_size=1, max_size=3))} if kind == "group" else draw(OWN[kind])
    keys = draw(st.sets(st.sampled_from(sorted(COMMON)), max_size=2))
    return {
        "type": kind,
        "name": draw(st.sampled_from(NAMES)),
        "label": draw(LABELS),
        **own,
        **{key: draw(COMMON[key]) for key in sorted(keys)},
    }


def load_random(main, inner):
    """The programme of two flows."""
    flows = {"main": {"title": "M", "steps": main}, "inner": {"title": "I", "steps": inner}}
    return Programme.load({"programme": {"programme": "p", "title": "P", "menu": ["main"]}, "flows": flows})


PROGRAMMES = st.builds(load_random, st.lists(make_step(), min_size=1, max_size=7), st.lists(make_step(), min_size=1, max_size=3))
WORDS = st.sampled_from(
    ["x", "y", "1", "3", "2.5", "no", "skip", "done", "other", "OK", "", " ", "\ud800", "٣", "${a}", "x" * 5000]
) | st.text(max_size=5)
VALUES = st.sampled_from(["0", "1", "2", "9", "ok", "skip", "done", "other", "default", "", "-1", "99999999999", "٣"])
INPUTS = st.lists(
    st.one_of(
        st.tuples(st.just("text"), WORDS),
        st.tuples(st.just("press"), VALUES),
        st.tuples(st.just("press"), VALUES),
        st.tuples(st.just("stale"), VALUES),
        st.tuples(st.just("edited"), WORDS),
        st.sampled_from([("back", ""), ("show", ""), ("elapsed", ""), ("other", "sticker")]),
    ),
    max_size=25,
)
MADE = {
    "text": lambda run, word: Text(word),
    "press": lambda run, word: Press(run.question_number, word),
    "stale": lambda run, word: Press(run.question_number - 1, word),
    "edited": lambda run, word: Edited(word),
    "back": lambda run, word: Back(),
    "show": lambda run, word: Show(),
    "elapsed": lambda run, word: Elapsed(run.question_number),
    "other": lambda run, word: Other(word),
    "leave": lambda run, word: Leave(word),
}
NOW = datetime(2026, 3, 1, 18, 55, tzinfo=UTC)
CONTEXT = Context("Mona", "en", 1, 0, UTC, {"inner": {"a": "x", "c": ["y"]}})


def check_turn(turn):
    """What holds after any turn whatever."""
    run = turn.run
    assert Run.from_dict(run.to_dict()) == run
    assert Run.from_dict(json.loads(json.dumps(run.to_dict()))) == run
    kinds = [type(effect).__name__ for effect in turn.effects]
    assert kinds.count("Ask") + kinds.count("Ended") <= 1
    assert all(kind not in ("Ask", "Ended") for kind in kinds[:-1]) or kinds[-2:] == ["Ask", "Complain"]
    assert (run.status == "open") == (run.step is not None)
    current = Counter((answer["walk"], answer["step"]) for answer in run.answers if not answer["replaced"])
    assert max(current.values(), default=1) == 1


def check_move(programme, before, turn, verb):
    """What holds between a run and what an input made of it."""
    after, kinds = turn.run, [type(effect).__name__ for effect in turn.effects]
    if kinds in (["Refused"], ["Complain"]) and not after.typing:
        assert after == before
    if verb in ("stale", "other", "show"):
        assert after == before
    if after.question_number == before.question_number and after.status == "open":
        assert (after.step, after.trail, after.frames) == (before.step, before.trail, before.frames)
        return
    assert after.question_number - before.question_number in (0, 1)
    assert kinds[0] == "Settle"
    assert turn.effects[0].question_number == before.question_number
    step = programme.plans[before.current].by_name[before.step]
    if verb == "back":
        assert after.trail == before.trail[:-1]
        return
    if verb == "edited":
        assert after.trail == before.trail
        return
    assert len(after.trail) == len(before.trail) + 1
    given = [a for a in after.answers if a["step"] == before.step and a["flow"] == before.current][-1]
    if verb != "elapsed" and step.required is True and not (step.kind.is_timed or step.kind.is_choice):
        assert given["value"] is not None  # selects may lack every choice, which lets anybody pass


def play(programme, inputs):
    """Begin, put every input in, check after each."""
    now = NOW
    turn = begin(programme, "main", 1, CONTEXT, now)
    check_turn(turn)
    for verb, word in inputs:
        before, now = turn.run, now + timedelta(seconds=1)
        turn = resume(programme, before, MADE[verb](before, word), CONTEXT, now)
        check_turn(turn)
        if before.status == "open":
            check_move(programme, before, turn, verb)
        else:
            assert turn.run == before
    return turn


@settings(max_examples=400, deadline=None)
@given(PROGRAMMES, INPUTS)
def test_any_inputs_in_any_programme(programme, inputs):
    """Random content, sense or nonsense, and random inputs."""
    play(programme, inputs)


STEPS = [
    {"type": "note", "name": "hello", "label": "Hi ${first_name}"},
    {"type": "select_one", "name": "a", "label": "?", "choices": ["x", {"name": "y", "label": "Y", "go": "d"}], "or_other": True},
    {"type": "integer", "name": "b", "label": "?", "constraint": ". < 9"},
    {"type": "calculate", "name": "twice", "calculation": "${b} * 2"},
    {"type": "select_multiple", "name": "c", "label": "?", "choices": ["x", "y"], "relevant": "${b} > 1"},
    {"type": "flow", "name": "w", "flow": "inner"},
    {"type": "range", "name": "d", "label": "${a}?", "parameters": {"end": 3}, "next": [{"if": ". = 3", "go": "a"}]},
    {"type": "text", "name": "e", "label": "${c} ${twice}"},
    {"type": "timer", "name": "g", "label": "…", "seconds": 5},
]
INNER = [{"type": "text", "name": "a", "label": "?"}, {"type": "acknowledge", "name": "b", "label": "?"}]


@pytest.fixture(scope="module")
def sound(make):
    """A programme in order, in which everything is required."""
    return make(*STEPS, inner=INNER)


@settings(max_examples=300, deadline=None)
@given(inputs=INPUTS)
def test_nothing_required_is_skipped(sound, inputs):
    """In a sound programme no input breaks a run, and whatever is on the way behind has an answer."""
    run = play(sound, inputs).run
    assert run.status in ("open", "done")
    answered = {(a["walk"], f"{a['flow']}.{a['step']}") for a in run.answers if not a.get("undone") and a["value"] is not None}
    for key, walk in map(split_walk, run.trail):
        assert (walk, key.split("/")[-1]) in answered


@settings(max_examples=100, deadline=None)
@given(inputs=INPUTS)
def test_the_same_again_gives_the_same(sound, inputs):
    """The engine is a pure function: an update applied twice to the same run gives equal turns."""
    assert play(sound, inputs) == play(sound, inputs)


@settings(max_examples=100, deadline=None)
@given(inputs=INPUTS)
def test_back_leads_to_the_beginning(sound, inputs):
    """From anywhere as many Backs as there are questions behind lead to the first one, through the same questions."""
    turn = play(sound, inputs)
    behind = list(turn.run.trail) if turn.run.status == "open" else []
    while behind:
        turn = resume(sound, turn.run, Back(), CONTEXT, NOW)
        entry, walk = split_walk(behind.pop())
        *frames, key = entry.split("/")
        assert turn.run.walk == walk
        assert (f"{turn.run.current}.{turn.run.step}", turn.run.frames) == (key, tuple(frames))
    if turn.run.status == "open":
        assert resume(sound, turn.run, Back(), CONTEXT, NOW).run == turn.run
