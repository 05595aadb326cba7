"""The people of a chaos run: they press, type, edit and double-press their way through the programme, and remember what they said.

They behave as people do who see only the chat. Told that a message came too early they send it again, once; told that an answer
does not fit they send one that does. A question that they have answered and that is shown again is let be, but for a button,
which they press again. They never write a second time only because nothing comes: an answer that was lost stays lost.
"""

import asyncio
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.chaos_programme import FLOW, NAME, Reply, is_timer, kind_of, note_label
from simulator.chats import Event, Message
from simulator.people import read_buttons
from simulator.world import World

DOUBLE_PRESS, DOUBLE_TYPE, EDIT, MISFIT = 0.3, 0.1, 0.3, 0.2  # how often
AGAIN_AFTER = 1.2  # seconds: a message of the same second as its question can't always be told from an older one

EARLY = "Your message came before I had asked."
OWN_WORDS = "Type your own answer."
MISFITS = ("Please send a whole number", "Please send a number", "Please choose one of the buttons")
PASSED_OVER = ("Noted: your changed answer", "That message can't replace")
CLOSING = "That was “Walk”."

_QUESTION = re.compile(r"Question (\d+) of \d+")


@dataclass(slots=True)
class Answering:
    """What somebody does about one question. `history` are the values that are to be stored, the changed one behind the first."""

    reply: Reply
    message: Message
    history: list[Any] = field(default_factory=list)
    is_done: bool = False
    typed: list[int] = field(default_factory=list)  # ids of messages
    repeated: bool = False


class Walker:
    """One of the people. `copies`: what was read, as (number of the latest question, words) -> moments of the monotonic clock."""

    def __init__(self, world: World, index: int, rng: random.Random, steps: int, think: Callable[[], float]) -> None:
        self.id = world.add_person(f"Person {index + 1}").id
        self.answers: dict[int, Answering] = {}
        self.copies: dict[tuple[int, str], list[float]] = defaultdict(list)
        self.number = 0
        self.is_finished = False
        self.longest_silence = 0.0
        self.wrong: list[str] = []
        self.skipped: list[str] = []
        self._world, self._random, self._steps, self._think = world, rng, steps, think
        self._acted_at: float | None = None

    def begin(self) -> None:
        """Into the programme by its link."""
        self._say(f"/start {NAME}__{FLOW}")

    @property
    def is_waiting(self) -> bool:
        """Has done something and heard nothing since."""
        return self._acted_at is not None

    def hear(self, message: Message) -> None:
        """A new message of the bot."""
        now = time.perf_counter()
        if self._acted_at is not None:
            self.longest_silence = max(self.longest_silence, now - self._acted_at)
            self._acted_at = None
        text = message.get("text") or message.get("caption") or ""
        question = _QUESTION.match(text)
        if question is None:
            self._hear_words(text)
        else:
            self._hear_question(int(question[1]), message)
        self.copies[self.number, text].append(now)

    def _hear_question(self, number: int, message: Message) -> None:
        if number == self.number:
            self._see_again(self.answers[number], message)
            return
        if number != self.number + 1 or self.is_finished:
            self.skipped.append(f"question {number} came after question {self.number}")
        elif self.number and not self.answers[self.number].is_done and not is_timer(self.number):
            self.skipped.append(f"question {number} came, although question {self.number} was not answered yet")
        before = self.answers.get(self.number)
        self.number = number
        self.answers[number] = Answering(kind_of(number).reply(number, self._random), message)
        wait = self._think()
        if before is not None and kind_of(number - 1).is_editable and len(before.typed) == 1 and self._random.random() < EDIT:
            self._later(wait / 2, lambda: self._edit(number - 1, before))
        self._later(wait, lambda: self._answer(number))

    def _see_again(self, answering: Answering, message: Message) -> None:
        """A repeat: whatever is pressed later is pressed on this copy; a button pressed before is pressed again."""
        answering.message = message
        if answering.is_done and not answering.reply.words:
            number, label = self.number, answering.reply.presses[-1:]
            self._later(0.1, lambda: self._press(answering, *label) if self.number == number else None)

    def _hear_words(self, text: str) -> None:
        if text.startswith(CLOSING):
            self._hear_closing()
        elif text == note_label(self.number + 1) or text.startswith(PASSED_OVER):
            return
        elif text.startswith((OWN_WORDS, *MISFITS)) and self.number:
            self._type_rest(self.answers[self.number])
        elif text.startswith(EARLY):
            self._repeat_words(self.answers[self.number])
        else:
            self.wrong.append(f"after question {self.number} the bot said: {text[:80]}")

    def _hear_closing(self) -> None:
        if self.number != self._steps:
            self.skipped.append(f"the end came after question {self.number}")
        self.is_finished = True

    # --- doing

    def _answer(self, number: int) -> None:
        answering = self.answers[number]
        if self.number != number:  # a timer that ran out meanwhile
            return
        answering.is_done = True
        reply = answering.reply
        for label in reply.presses:
            self._press(answering, label)
        if reply.presses and "Done" not in reply.presses and self._random.random() < DOUBLE_PRESS:
            self._later(self._random.uniform(0, 0.05), lambda: self._press(answering, self._random.choice(self._labels(answering))))
        if not reply.presses and reply.words:
            misfit = kind_of(number).misfit
            if misfit and self._random.random() < MISFIT:
                self._say(misfit)
            else:
                self._type_rest(answering)
        if reply.value is not None:
            answering.history.append(reply.value)

    def _type_rest(self, answering: Answering) -> None:
        """The words of the answer, if they were not sent yet; now and then two messages at once, of which the first is meant."""
        if answering.typed:
            return
        answering.typed.append(self._say(answering.reply.words))
        if not answering.reply.presses and self._random.random() < DOUBLE_TYPE:
            answering.typed.append(self._say(f"{self.number}: one more word"))

    def _repeat_words(self, answering: Answering) -> None:
        """The same again, once, unless nothing was written to this question or the next one comes meanwhile."""
        if not answering.is_done or not answering.reply.words or answering.repeated:
            return
        number, answering.repeated = self.number, True

        def repeat() -> None:
            if self.number == number and not self.is_finished:
                answering.typed.append(self._say(answering.reply.words))

        self._later(AGAIN_AFTER, repeat)

    def _edit(self, number: int, answering: Answering) -> None:
        """Other words for an answer that was taken: the next question has come, and is not answered yet."""
        changed = kind_of(number).reply(number, self._random)
        self._world.edit(self.id, answering.typed[0], changed.words)
        answering.history.append(changed.value)

    def _labels(self, answering: Answering) -> list[str]:
        return [button["text"] for button in read_buttons(answering.message) if button["text"] != "Other"] or ["OK"]

    def _press(self, answering: Answering, label: str) -> None:
        data = self._data_of(answering, label)
        if data is not None:
            self._world.press(self.id, answering.message["message_id"], data, stale=True)
            self._acted_at = self._acted_at or time.perf_counter()

    def _data_of(self, answering: Answering, label: str) -> str | None:
        return None

    def _say(self, words: str) -> int:
        self._acted_at = self._acted_at or time.perf_counter()
        return self._world.say(self.id, words)

    def _later(self, seconds: float, act: Callable[[], object]) -> None:
        asyncio.get_running_loop().call_later(seconds, act)
