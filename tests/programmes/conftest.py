"""Somebody who walks the flows of the programmes in programmes/ with given answers and notes what was said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from authoring.load import load_programmes
from flow.engine import Context, begin, resume
from flow.state.effects import MARK, Ask, Complain, Ended, Say
from flow.state.inputs import Elapsed, Press, Text

FOLDER = Path(__file__).parents[2] / "programmes"
START = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
MOST_TURNS = 200


def told(rich):
    """A Rich as a person reads it, Markdown left in."""
    if rich is None:
        return ""
    return "".join(piece + value for piece, value in zip(rich.source.split(MARK), [*rich.values, ""], strict=True))


class Walk:
    """One person in one flow from its beginning; `answers` by step: a button's label, typed words, a list of ticks.

    A tuple holds the answers of one step that is asked again or refuses the first. Timers run out and OK is pressed where
    nothing is given; a question without an answer ends the walk there.
    """

    def __init__(self, programme, flow, answers, earlier=None, number=1):
        self.programme, self.context = programme, Context(first_name="Mona", language="en", earlier=earlier or {})
        self.given = {step: list(answer) if isinstance(answer, tuple) else [answer] for step, answer in answers.items()}
        self.path, self.said, self.media, self.complaints, self.asks, self.seconds = [], [], [], [], [], 0
        self.faults, self.now, self.ended, self.asked = [], START, None, None
        self.take(begin(programme, flow, number, self.context, START))
        self.go_on()

    def take(self, turn):
        """Note what a turn says."""
        self.run = turn.run
        self.faults += turn.faults
        for effect in turn.effects:
            match effect:
                case Say(text, media):
                    self.said.append(told(text))
                    self.media += [item.source for item in media]
                case Ask():
                    self.asked = effect
                    self.asks.append(effect)
                    self.path.append(effect.key.partition(".")[2])
                    self.said.append("\n".join(filter(None, (told(effect.text), told(effect.hint)))))
                    self.media += [item.source for item in effect.media]
                case Complain(code, text, _):
                    self.complaints.append(told(text) or code)
                case Ended(status):
                    self.ended = status

    def put(self, given):
        """One input, a second later; `press` by label."""
        self.now += timedelta(seconds=1)
        self.take(resume(self.programme, self.run, given, self.context, self.now))

    def press(self, label):
        """Press the open question's button that shows this label."""
        found = [button.value for row in self.asked.rows for button in row if button.label == label]
        assert found, (label, self.asked.rows)
        self.put(Press(self.run.question_number, found[0]))

    def go_on(self):
        """Answer until the flow ends or something is asked that nothing was given for."""
        while self.ended is None:
            step = self.run.step
            if self.asked.seconds is not None:
                self.seconds += self.asked.seconds
                self.put(Elapsed(self.run.question_number))
            elif self.given.get(step):
                self.answer(self.given[step].pop(0))
            elif [button.value for row in self.asked.rows for button in row] == ["ok"]:
                self.put(Press(self.run.question_number, "ok"))
            else:
                return

    def answer(self, given):
        """Tick a list, press a label that there is, else type."""
        if isinstance(given, list):
            for label in given:
                self.press(label)
            self.press("Done")
        elif any(button.label == str(given) for row in self.asked.rows for button in row):
            self.press(str(given))
        else:
            self.put(Text(str(given)))

    @property
    def text(self):
        """Everything that was said, as one text."""
        return "\n\n".join(self.said)

    @property
    def answers(self):
        """The current answers of the flow, skipped ones left out."""
        return self.run.values().get(self.run.flow, {})


def stroll(programme, flow, seed):
    """The same person pressing and typing at random until the flow ends."""
    dice, walk = Random(seed), Walk(programme, flow, {})
    for _ in range(MOST_TURNS):
        if walk.ended is not None:
            break
        buttons = [button for row in walk.asked.rows for button in row]
        if buttons and dice.random() < 0.8:
            walk.put(Press(walk.run.question_number, dice.choice(buttons).value))
        else:
            walk.put(Text(dice.choice(["REM", "7", "12.5", "quiet and warm", "word"])))
        walk.go_on()
    return walk


@pytest.fixture(scope="session")
def loaded():
    """Everything in programmes/, with its findings."""
    return load_programmes(FOLDER)


@pytest.fixture(scope="session")
def load(loaded):
    """A programme's name -> the programme and its folder."""
    return lambda name: (loaded.programmes[name], FOLDER / name)


@pytest.fixture(scope="session")
def walker():
    """The class that walks, and the function that walks at random."""
    return Walk, stroll
