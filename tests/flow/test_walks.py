"""An answer belongs to the walk it was given in, and what is current is what a plain re-walk would have asked."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow.engine import begin, resume
from flow.expressions.expression import compile_expression
from flow.state.context import Context
from flow.state.inputs import Back, Edited, Press, Show, Text
from flow.state.passages import DONE, OPEN, UNDONE
from flow.state.run import Run
from tests.flow.conftest import START, Talk, load, told

STORED = Path(__file__).parent / "stored"  # written by the code of their day
SUB = [
    {"type": "integer", "name": "a", "label": "a?"},
    {"type": "integer", "name": "b", "label": "b?", "relevant": "${a} = 1"},
    {"type": "calculate", "name": "s", "calculation": "${a} + coalesce(${b}, 0)"},
]
ASK = {"type": "text", "name": "last", "label": "${sub.a}|${sub.b}|${first.a}|${first.b}|${second.a}|${second.b}"}
TWICE = [{"type": "flow", "name": "first", "flow": "sub"}, {"type": "flow", "name": "second", "flow": "sub"}]
DRINKS = [
    {"type": "select_one", "name": "drink", "label": "?", "choices": ["wine", "water"]},
    {"type": "integer", "name": "glasses", "label": "?", "relevant": "${drink} = 'wine'"},
    {"type": "calculate", "name": "units", "calculation": "coalesce(${units}, 0) + coalesce(${glasses}, 0)"},
    {"type": "select_one", "name": "more", "label": "?", "choices": [{"name": "yes", "label": "Yes", "go": "drink"}, "no"]},
    {"type": "text", "name": "last", "label": "${drink} ${glasses} ${units}"},
]


def current(run, *names):
    """(walk, value) of the current answers of these steps."""
    return [(a["walk"], a["step"], a["value"]) for a in run.answers if not a["replaced"] and (not names or a["step"] in names)]


def test_two_walks_of_one_flow_do_not_mix():
    """The second has no b, although the first had one; names mean one walk as a whole."""
    person = Talk(load(*TWICE, ASK, sub=SUB)).type("1").type("5").type("2")
    assert current(person.run) == [(2, "a", 1), (2, "b", 5), (2, "s", 6), (3, "a", 2), (3, "s", 2)]
    assert told(person.ask().text) == "2||1|5|2|"
    assert [walk[0::4] for walk in person.run.walks] == [("main", OPEN), ("sub", DONE), ("sub", DONE)]


def test_a_jump_back_is_a_correction():
    """Wine, 3, once more, water: no glasses; but what a calculate carries over rounds stays."""
    person = Talk(load(*DRINKS)).press("wine").type("3").press("Yes").press("water").press("no")
    assert told(person.ask().text) == "water  3"
    assert current(person.run, "drink", "glasses", "more") == [(1, "drink", "water"), (1, "more", "no")]


def test_a_jump_that_is_taken_back_gives_the_answers_back():
    """Back to Once more?, and No: the wine is what was drunk."""
    person = Talk(load(*DRINKS)).press("wine").type("3").press("Yes").back().press("no")
    assert told(person.ask().text) == "wine 3 3"
    assert current(person.run, "drink", "glasses", "more") == [(1, "drink", "wine"), (1, "glasses", 3), (1, "more", "no")]


def test_a_walk_that_is_taken_back_is_none():
    """Back over a whole walk, and it is walked anew under a number of its own."""
    steps = [{"type": "select_one", "name": "q", "label": "?", "choices": ["x", "y"]}, *TWICE[:1], {**ASK, "label": "${sub.a}"}]
    person = Talk(load(*steps, sub=SUB)).press("x").type("7").back().back().press("y").type("8")
    assert told(person.ask().text) == "8"
    assert [walk.state for walk in person.run.walks] == [OPEN, UNDONE, DONE]
    assert current(person.run, "a") == [(3, "a", 8)]


def test_back_into_a_walk_goes_on_in_it():
    """The last question of a finished walk again: the same walk, and then the outer flow goes on."""
    person = Talk(load(*TWICE, {**ASK, "label": "${first.a} ${second.a}"}, sub=SUB)).type("2").type("3").back()
    assert (person.run.walk, person.run.current) == (3, "sub")
    assert told(person.type("4").ask().text) == "2 4"
    assert told(person.back().back().type("5").type("6").ask().text) == "5 6"
    assert current(person.run, "a") == [(2, "a", 5), (4, "a", 6)]


def test_a_name_is_looked_for_in_the_flows_around():
    """The nearest flow around that has such a step; this flow's own step hides it."""
    inner = [{"type": "text", "name": "q", "label": "${who} ${place}"}]
    middle = [{"type": "text", "name": "who", "label": "?"}, {"type": "flow", "name": "in", "flow": "inner"}]
    steps = [
        {"type": "select_one", "name": "place", "label": "?", "choices": [{"name": "sea", "label": "The sea"}]},
        {"type": "text", "name": "who", "label": "?"},
        {"type": "flow", "name": "mid", "flow": "middle"},
    ]
    person = Talk(load(*steps, middle=middle, inner=inner)).press("The sea").type("outer").type("middle one")
    assert told(person.ask().text) == "middle one The sea"


def test_all_walks_of_a_flow_together():
    """sum, count, min, max, join over the walks, earlier runs included, and one of them counted from the end."""
    words = [
        ("sum(${sub.a})", "13"),
        ("count(${sub.a})", "4"),
        ("min(${sub.a})", "1"),
        ("max(${sub.a})", "7"),
        ("join('-', ${sub.a})", "3-7-1-2"),
        ("${sub.a[-1]}", "2"),
        ("${sub.b[-1]}", ""),
        ("${sub.b[-2]}", "5"),
        ("${sub.a[-4]}", "3"),
        ("${sub.a[-9]}", ""),
    ]
    told_steps = [{"type": "calculate", "name": f"c{index}", "calculation": source} for index, (source, _) in enumerate(words)]
    steps = [*TWICE, *told_steps, {"type": "text", "name": "last", "label": "|".join(f"${{c{i}}}" for i in range(len(words)))}]
    context = Context(history={"sub": ({"a": 3}, {"a": 7, "b": 1})}, earlier={"sub": {"a": 7, "b": 1}})
    person = Talk(load(*steps, sub=SUB), context).type("1").type("5").type("2")
    assert told(person.ask().text) == "|".join(value for _, value in words)


def test_over_runs_a_walk_is_one_whole():
    """b of an older walk is not shown beside a of the newest one."""
    context = Context(earlier={"sub": {"a": 2}})
    assert told(Talk(load({**ASK, "label": "${sub.a} ${sub.b}"}, sub=SUB), context).ask().text) == "2 "


def test_what_later_runs_get():
    """The newest finished walk of each flow as a whole; nothing of what was left half way."""
    person = Talk(load(*TWICE, ASK, sub=SUB)).type("1").type("5").type("2")
    assert person.run.values() == {"sub": {"a": 2, "s": 2}}
    assert person.type("end").run.values() == {"main": {"last": "end"}, "sub": {"a": 2, "s": 2}}


def test_a_stored_run_without_walks_goes_on():
    """Each of its flows counts as one walk; what is walked from now on has a walk of its own. Nobody inside loses an answer."""
    programme = load(*TWICE, ASK, sub=SUB)
    old = Run.from_dict(json.loads((STORED / "run_without_walks.json").read_text(encoding="utf-8")))
    assert (old.walk, [walk.flow for walk in old.walks]) == (2, ["main", "sub"])
    for number in ("5", "2"):
        old = resume(programme, old, Text(number), Context(), START).run
    assert current(old) == [(2, "a", 1), (2, "b", 5), (2, "s", 6), (3, "a", 2), (3, "s", 2)]
    assert old.step == "last"
    old = resume(programme, resume(programme, old, Back(), Context(), START).run, Text("9"), Context(), START).run
    assert current(old, "a") == [(2, "a", 1), (3, "a", 9)]


# --- the reference: a plain re-walk


class Known:
    """What expressions may ask in the reference: this walk's values, then those around it."""

    def __init__(self, around, value):
        self.around, self.self_value = around, value

    def lookup(self, name):
        return next((values.get(name) for values, names in reversed(self.around) if name in names), None)


def rewalk(flows, given):
    """(walk, step, value) of what is current after a person gave these values, and the step that is asked then.

    Walk down; ask what is relevant; a jump back empties the questions that it jumps over; a `flow` step is a walk of its own.
    """
    given, found, numbers = list(given), [], [0]

    def truth(source, around, value=None):
        return compile_expression(source).truth(Known(around, value))

    def walk(flow, around):
        numbers[0] += 1
        steps, values, number = flows[flow], {}, numbers[0]
        found.append((number, values))
        around = [*around, (values, {step["name"] for step in steps})]
        index = 0
        while index < len(steps):
            step, value = steps[index], None
            name = step["name"]
            if "relevant" in step and not truth(step["relevant"], around):
                index += 1
                continue
            if step["type"] == "flow":
                asked = walk(step["flow"], around)
                if asked:
                    return asked
            elif step["type"] == "calculate":
                values[name] = compile_expression(step["calculation"]).evaluate(Known(around, values.get(name)))
                values[name] = None if values[name] == "" else values[name]
            elif given:
                value = values[name] = given.pop(0)
            else:
                return number, name
            target = next((rule["go"] for rule in step.get("next", []) if truth(rule["if"], around, value)), None)
            after = index + 1 if target is None else next(i for i, one in enumerate(steps) if one["name"] == target)
            for one in steps[after : index + 1]:
                if one["type"] not in ("calculate", "flow"):
                    values.pop(one["name"], None)
            index = after
        return None

    asked = walk("main", [])
    return {(number, step): value for number, values in found for step, value in values.items()}, asked


def relevant(names):
    return st.sampled_from([f"${{{name}}} > 1" for name in names] + [f"${{{name}}} = 2" for name in names])


@st.composite
def flows_of(draw):
    """Two flows of integers, sums, jumps back and forth and inner walks, each with some relevant conditions."""

    def steps(prefix, length, kinds):
        names = [f"{prefix}{index}" for index in range(length)]
        made = []
        for index, name in enumerate(names):
            kind = draw(st.sampled_from(kinds)) if index else "integer"
            step = {"type": kind, "name": name, "label": "?"}
            if kind == "calculate":
                step["calculation"] = f"coalesce(${{{name}}}, 0) + coalesce(${{{draw(st.sampled_from(names[: index + 1]))}}}, 0)"
            if kind == "flow":
                step["flow"] = "inner"
            if index and draw(st.booleans()):
                step["relevant"] = draw(relevant(names[:index]))
            if kind == "integer" and draw(st.integers(0, 3)) == 0:
                step["next"] = [{"if": f". = {draw(st.sampled_from([1, 3]))}", "go": draw(st.sampled_from(names))}]
            made.append(step)
        return made

    return {
        "main": steps("m", draw(st.integers(2, 7)), ["integer", "integer", "calculate", "flow"]),
        "inner": steps("i", draw(st.integers(1, 4)), ["integer", "integer", "calculate"]),
    }


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.sampled_from("12345")),
        st.tuples(st.just("text"), st.sampled_from("12345")),
        st.tuples(st.sampled_from(["edit", "back"]), st.sampled_from("12345")),
    ),
    max_size=25,
)


@settings(max_examples=500, deadline=None)
@given(flows_of(), MOVES)
def test_what_is_current_is_what_a_plain_rewalk_would_have_asked(flows, moves):
    """Whatever was typed, jumped, taken back and edited; and the answers that count ask the question that is open."""
    programme = load(*flows["main"], inner=flows["inner"])
    turn = begin(programme, "main", 1, Context(), START)
    for move, word in moves:
        turn = resume(programme, turn.run, {"text": Text(word), "edit": Edited(word), "back": Back()}[move], Context(), START)
    run = turn.run
    kept = run.answers[: run.undo] if run.undo >= 0 else run.answers
    values = [a["value"] for a in kept if not a.get("undone") and a["type"] != "calculate"]
    if run.undo >= 0:  # Back was pressed: the next answer takes back what is still current
        turn = resume(programme, run, Text("4"), Context(), START)
        run, values = turn.run, [*values, 4]
    expected, asked = rewalk(flows, values)
    order = [number for number, walk in enumerate(run.walks, 1) if walk.state != UNDONE]
    found = {(order.index(a["walk"]) + 1, a["step"]): a["value"] for a in run.answers if not a["replaced"]}
    assert found == expected
    assert (None if asked is None else (asked[1],)) == (None if run.step is None else (run.step,))
    assert max(Counter((a["walk"], a["step"]) for a in run.answers if not a["replaced"]).values(), default=1) == 1


@pytest.mark.parametrize("input", [Show(), Press(99, "0"), Edited("1")])
def test_what_changes_nothing_leaves_the_walks_alone(input):
    person = Talk(load(*TWICE, ASK, sub=SUB)).type("1")
    before = person.run
    assert person.put(input).run == before
