"""Programmes written in a line, and somebody who answers them."""

from datetime import UTC, datetime, timedelta

import pytest

from flow.engine import Context, begin, resume
from flow.programme import Programme
from flow.state.effects import Ask, Complain, Ended, Pause, Refused, Retick, Say, Settle
from flow.state.inputs import Back, Edited, Elapsed, Leave, Other, Press, Show, Text
from flow.state.run import Run

START = datetime(2026, 3, 1, 18, 55, tzinfo=UTC)


def load(*steps, **flows):
    """A programme whose flow `main` has these steps; further flows by name."""
    written = {"main": {"title": "Main", "steps": list(steps)}}
    written |= {name.replace("_", "-"): {"title": name.title(), "steps": inner} for name, inner in flows.items()}
    return Programme.load({"programme": {"programme": "calm", "title": "Calm evenings", "menu": ["main"]}, "flows": written})


class Talk:
    """One person in one run; every turn checks that the run survives its dict. `now` moves a second a turn."""

    def __init__(self, programme, context=None, flow="main"):
        self.programme, self.context, self.now = programme, context or Context(first_name="Mona", language="en"), START
        self.turn = begin(programme, flow, 1, self.context, self.now)
        self.check()

    def check(self):
        """What must hold after every turn."""
        assert Run.from_dict(self.run.to_dict()) == self.run
        assert (self.run.status == "open") == (self.run.step is not None)

    def put(self, given):
        """Any input; gives this talk."""
        self.now += timedelta(seconds=1)
        self.turn = resume(self.programme, self.run, given, self.context, self.now)
        self.check()
        return self

    def press(self, label):
        """Press the button of the open question that shows this label."""
        found = [button.value for row in self.rows() for button in row if button.label == label]
        assert found, (label, self.rows())
        return self.put(Press(self.run.question_number, found[0]))

    def value(self, value):
        """Press a button of the open question by its value."""
        return self.put(Press(self.run.question_number, value))

    def type(self, text):
        """Type words."""
        return self.put(Text(text))

    def back(self):
        """The previous question."""
        return self.put(Back())

    @property
    def run(self):
        """Where the person is."""
        return self.turn.run

    def rows(self):
        """The rows of the open question as it would be shown now."""
        effects = resume(self.programme, self.run, Show(), self.context, self.now).effects
        return next(effect.rows for effect in effects if isinstance(effect, Ask))

    def labels(self):
        """The labels of the open question's buttons, row by row."""
        return [[button.label for button in row] for row in self.rows()]

    def ask(self):
        """The question asked in the last turn."""
        return next(effect for effect in self.turn.effects if isinstance(effect, Ask))

    def kinds(self):
        """The names of the last turn's effects, in order."""
        return [type(effect).__name__ for effect in self.turn.effects]

    def first(self, kind):
        """The first effect of a kind in the last turn."""
        return next(effect for effect in self.turn.effects if type(effect).__name__ == kind)

    def answers(self, flow="main"):
        """The current values of a flow by step, skipped ones as None."""
        return {a["step"]: a["value"] for a in self.run.answers if a["flow"] == flow and not a["replaced"]}


def told(rich):
    """A Rich as a person reads it, Markdown left in."""
    if rich is None:
        return None
    pieces = rich.source.split("\ue000")
    return "".join(piece + value for piece, value in zip(pieces, [*rich.values, ""], strict=True))


def plain(effect):
    """An effect as JSON for golden files."""
    rows = [[f"{button.value}={button.label}" for button in row] for row in getattr(effect, "rows", ())]
    match effect:
        case Say(text, media):
            found = {"say": told(text), "media": [f"{m.kind}:{m.source}" for m in media]}
        case Ask():
            found = {
                "ask": effect.question_number,
                "key": effect.key,
                "text": told(effect.text),
                "hint": told(effect.hint),
                "rows": rows,
            }
            found |= {"media": [f"{m.kind}:{m.source}" for m in effect.media], "reply": effect.reply, "seconds": effect.seconds}
        case Pause(seconds):
            found = {"pause": seconds}
        case Settle(ask, chosen):
            found = {"settle": ask, "chosen": list(chosen)}
        case Retick(ask, _):
            found = {"retick": ask, "rows": rows}
        case Complain(code, text, values):
            found = {"complain": code, "text": told(text), "values": dict(values)}
        case Refused(why):
            found = {"refused": why}
        case Ended(status, detail):
            found = {"ended": status, "detail": detail}
    return {key: value for key, value in found.items() if value not in (None, [], {}, False, "")}


def read_input(line, run):
    """An input as golden files write it: `press 0`, `stale 0`, `text hello`, `edited x`, `other sticker`, `back` …"""
    verb, _, rest = line.partition(" ")
    made = {
        "press": lambda: Press(run.question_number, rest),
        "stale": lambda: Press(run.question_number - 1, rest),
        "text": lambda: Text(rest),
        "edited": lambda: Edited(rest),
        "other": lambda: Other(rest),
        "back": Back,
        "show": Show,
        "elapsed": lambda: Elapsed(run.question_number),
        "leave": lambda: Leave(rest or "left"),
    }
    return made[verb]()


@pytest.fixture(scope="session")
def make():
    """`load`: steps and flows as keyword arguments -> Programme."""
    return load


@pytest.fixture(scope="session")
def talk():
    """Steps (and flows) -> somebody who has just begun the flow `main`."""
    return lambda *steps, context=None, **flows: Talk(load(*steps, **flows), context)


@pytest.fixture(scope="session")
def golden_tools():
    """What golden conversations are played and written with."""
    return Talk, plain, read_input


@pytest.fixture(scope="session")
def words():
    """A Rich as a person reads it."""
    return told
