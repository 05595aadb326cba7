"""The people of a chaos run: they press, type, edit and double-press their way through the programme, and remember what they said.

They behave as people do who see only the chat. Told that a message came too early they send it again, once; told that an answer
does not fit they send one that does. They leave an answered question alone when it is shown again, but press its button again. So
do those whose press Telegram dropped, since the bot was too late for it (the button stopped turning, nothing came of it). When it
was Other that was dropped, the words do not fit; then they press it and type again. They never write a second time only because
nothing comes: an answer that was lost stays lost.
"""

import asyncio
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from simulator.actors.people import read_buttons
from simulator.chaos.diary import Diary
from simulator.chaos.programme import FLOW, NAME, Reply, is_timer, kind_of, note_label
from simulator.world.chats import Event, Message
from simulator.world.updates import Update
from simulator.world.world import World

DOUBLE_PRESS, DOUBLE_TYPE, EDIT, MISFIT = 0.3, 0.1, 0.3, 0.2  # how often
RAMP = 1.0  # seconds over which the people begin
HURRY = 0.2  # seconds that an answer takes at most once nothing goes wrong any more
AGAIN_PRESSED = 0.1  # seconds
OTHER_AFTER = 0.3  # seconds between Other and the words of one's own
AGAIN_AFTER = 1.2  # seconds: a message of the same second as its question can't always be told from an older one
LONG_AFTER = 5.0  # seconds

EARLY = "Your message came before I had asked."
MISFITS = ("Please send a whole number", "Please send a number", "Please choose one of the buttons")
PASSED_OVER = ("That message can't replace",)
AFTERWARDS = "Nothing is open just now."  # to a second message that came behind the last answer
CLOSING = "That was “Walk”."

_QUESTION = re.compile(r"Question (\d+) of \d+")


@dataclass(slots=True)
class Answering:
    """One person's deeds about one question. `buttons` are those of its latest copy, label -> callback data; `history` the values
    that are to be stored, a changed one behind the first; `typed` the ids of the messages that were to answer it."""

    reply: Reply
    message_id: int = 0
    buttons: dict[str, str] = field(default_factory=dict)
    history: list[Any] = field(default_factory=list)
    typed: list[int] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)  # callback data of presses that the bot never fetched
    is_done: bool = False
    is_misfit: bool = False
    is_warned: bool = False  # of an earlier message
    is_repeated: bool = False
    edited_at: float = 0.0  # when the answer before was changed, after which this question comes once more

    def show(self, message: Message) -> None:
        """A copy of the question: whatever is pressed from now on is pressed there."""
        self.message_id = message["message_id"]
        self.buttons = {button["text"]: button["callback_data"] for button in read_buttons(message)}

    @property
    def is_pressed(self) -> bool:
        """Answered by buttons alone."""
        return bool(self.reply.presses) and not self.reply.words


class Walker:
    """One of the people. `copies`: what was read, as (number of the latest question, words) -> moments of the monotonic clock."""

    def __init__(
        self, world: World, index: int, rng: random.Random, steps: int, think: Callable[[], float], diary: Diary | None = None
    ) -> None:
        self.id = world.add_person(f"Person {index + 1}").id
        self.answers: dict[int, Answering] = {}
        self.copies: dict[tuple[int, str], list[float]] = defaultdict(list)
        self.number = 0
        self.is_finished = False
        self.longest_silence = 0.0
        self.wrong: list[str] = []
        self.skipped: list[str] = []
        self._world, self._random, self._steps, self._think = world, rng, steps, think
        self._diary = diary or Diary()
        self._acted_at: float | None = None

    def begin(self) -> None:
        """Into the programme by its link."""
        self._acted_at = time.perf_counter()
        self._world.say(self.id, f"/start {NAME}__{FLOW}")

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
        before = self.answers.get(self.number)
        if number != self.number + 1 or self.is_finished:
            self.skipped.append(f"question {number} came after question {self.number}")
        elif before and not before.is_done and not is_timer(self.number):
            self.skipped.append(f"question {number} came, although question {self.number} was not answered yet")
        self.number = number
        answering = self.answers[number] = Answering(kind_of(number).reply(number, self._random))
        answering.show(message)
        wait = self._think()
        if before and kind_of(number - 1).is_editable and len(before.typed) == 1 and self._random.random() < EDIT:
            self._later(wait / 2, lambda: self._edit(number - 1, before, answering))
        self._later(wait, lambda: self._answer(number, answering))

    def _see_again(self, answering: Answering, message: Message) -> None:
        """A repeat: the last button that was pressed before is pressed again, and any whose press was dropped."""
        before = answering.buttons
        answering.show(message)
        is_anew = bool(answering.edited_at) and answering.buttons != before
        if is_anew and answering.is_done and answering.reply.presses:  # a press on the question before the change is void
            self._press_all(answering, answering.reply.presses)
            if answering.reply.words:
                self._later(OTHER_AFTER, partial(self._say_again, self.number, answering))
            return
        if answering.is_done and answering.is_pressed:
            number, (*others, last) = self.number, answering.reply.presses
            labels = [label for label in others if answering.buttons.get(label) in answering.dropped]
            answering.dropped.clear()
            self._later(AGAIN_PRESSED, lambda: self._press_all(answering, [*labels, last]) if self.number == number else None)

    def _hear_words(self, text: str) -> None:
        current = self.answers.get(self.number)
        if (
            text == note_label(self.number + 1)
            or text.startswith(PASSED_OVER)
            or (self.is_finished and text.startswith(AFTERWARDS))
        ):
            return
        if text.startswith(CLOSING):
            self._hear_closing()
        elif current and text.startswith(EARLY):
            self._hear_early(current)
        elif current and current.is_misfit and text.startswith(MISFITS):
            self._type_words(current)
        elif current and current.edited_at and current.reply.presses and text.startswith(MISFITS):
            return  # the words for an Other that was pressed on the question before the change
        elif current and current.buttons.get("Other") in current.dropped and text.startswith(MISFITS):
            current.dropped.clear()
            self._press(current, "Other")
            self._later(OTHER_AFTER, lambda: self._say_again(self.number, current))
        else:
            self.wrong.append(f"after question {self.number} the bot said: {text[:80]}")

    def _hear_closing(self) -> None:
        if self.number != self._steps:
            self.skipped.append(f"the end came after question {self.number}")
        self.is_finished = True

    def note_dropped(self, data: str) -> None:
        """Telegram has dropped a press with that callback data."""
        self._diary.note(self.id, f"has the press {data} dropped")
        if (answering := self.answers.get(self.number)) is not None:
            answering.dropped.add(data)

    def count_beside(self, number: int) -> int:
        """The most messages that reached the bot while question `number` was open and were not taken for its answer. Some were
        written beside the answer to the one before; others before this one's answer was taken, or before it was asked anew."""
        before, own = self.answers.get(number - 1), self.answers.get(number)
        beside = len(before.typed[1:]) if before else 0
        if own is None:
            return beside
        is_taken = bool(own.typed) and (self.number > number or self.is_finished)
        return beside + len(own.typed) + own.is_misfit + bool(own.edited_at) - is_taken

    # --- doing

    def _answer(self, number: int, answering: Answering) -> None:
        if self.number != number or self.is_finished:  # a timer has run out meanwhile
            return
        answering.is_done, self._acted_at = True, time.perf_counter()
        if answering.reply.value is not None:
            answering.history.append(answering.reply.value)
        self._press_all(answering, answering.reply.presses)
        if answering.is_pressed and "Done" not in answering.reply.presses and self._random.random() < DOUBLE_PRESS:
            label = self._random.choice([label for label in answering.buttons if label != "Other"])
            self._later(self._random.uniform(0, 0.05), lambda: self._press(answering, label))
        if not answering.reply.presses:
            self._type(number, answering)
        elif answering.reply.words:  # the bot asks for them in a toast only, which may be lost
            self._later(OTHER_AFTER, lambda: self._type_words(answering))

    def _type(self, number: int, answering: Answering) -> None:
        """Sometimes first what does not fit; sometimes two messages at once, of which the first is the answer."""
        misfit = kind_of(number).misfit
        if misfit and self._random.random() < MISFIT:
            answering.is_misfit = True
            self._world.say(self.id, misfit)
        elif answering.reply.words:
            self._type_words(answering)
            if self._random.random() < DOUBLE_TYPE:
                answering.typed.append(self._world.say(self.id, f"{number}: one more word"))

    def _type_words(self, answering: Answering) -> None:
        """The words of the answer, if they were not sent yet."""
        if not answering.typed:
            self._acted_at = time.perf_counter()
            answering.typed.append(self._world.say(self.id, answering.reply.words))

    def _hear_early(self, answering: Answering) -> None:
        """The same words again, once, unless the next question comes meanwhile. Before the answer it was of an older message. When
        it comes again afterwards, it may be the same word repeated, so the person waits much longer."""
        if not answering.is_done:
            answering.is_warned = True
        elif answering.reply.words and not answering.is_repeated:
            answering.is_repeated = True
            number, wait = self.number, LONG_AFTER if answering.is_warned else AGAIN_AFTER
            self._later(wait, lambda: self._say_again(number, answering))

    def _say_again(self, number: int, answering: Answering) -> None:
        if self.number == number and not self.is_finished:
            self._acted_at = time.perf_counter()
            answering.typed.append(self._world.say(self.id, answering.reply.words))

    def _edit(self, number: int, answering: Answering, after: Answering) -> None:
        """Other words for an answer that was taken: the next question has come, is not answered yet, and is asked once more."""
        after.edited_at = time.perf_counter()
        changed = kind_of(number).reply(number, self._random)
        self._world.edit(self.id, answering.typed[0], changed.words)
        answering.history.append(changed.value)

    def _press_all(self, answering: Answering, labels: Iterable[str]) -> None:
        for label in labels:
            self._press(answering, label)

    def _press(self, answering: Answering, label: str) -> None:
        self._diary.note(self.id, f"presses {label!r}")
        if label in answering.buttons:
            self._world.press(self.id, answering.message_id, answering.buttons[label], stale=True)
        else:
            self.wrong.append(f"question {self.number} came without its button {label}")

    def _later(self, seconds: float, act: Callable[[], object]) -> None:
        asyncio.get_running_loop().call_later(seconds, act)


class Party:
    """All of them. `think`: seconds that an answer takes on average while `hurrying` is not set; `dropped`: how many presses
    Telegram dropped because the bot was away, or behind, for too long."""

    def __init__(self, world: World, people: int, steps: int, think: float, seed: int, diary: Diary) -> None:
        self._world, self._seconds = world, think
        self.hurrying, self.dropped = False, 0
        self.moved_at = time.perf_counter()
        self.walkers: dict[int, Walker] = {}
        for index in range(people):
            rng = random.Random(f"chaos {seed} {index}")
            walker = Walker(world, index, rng, steps, lambda rng=rng: self._think(rng), diary)  # type: ignore[misc]
            self.walkers[walker.id] = walker

    def _think(self, rng: random.Random) -> float:
        seconds = rng.uniform(0.1, 1.9) * self._seconds  # drawn in any case, so that what follows stays the same
        return min(seconds, HURRY) if self.hurrying else seconds

    def begin(self) -> None:
        """Everybody starts, within RAMP seconds; needs a running loop."""
        self._world.subscribe(self._notice)
        self._world.updates.expired = self._note_expired
        for place, walker in enumerate(self.walkers.values()):
            asyncio.get_running_loop().call_later(RAMP * place / len(self.walkers), walker.begin)

    async def finish(self, patience: float) -> None:
        """Everybody goes on to the end; given up after `patience` seconds in which nobody heard anything."""
        self.hurrying, self.moved_at = True, time.perf_counter()
        while self.unfinished() and time.perf_counter() - self.moved_at < patience:  # noqa: ASYNC110 (time is waited for too)
            await asyncio.sleep(0.05)

    def end(self) -> None:
        """Nobody listens any more."""
        self._world.unsubscribe(self._notice)

    def _note_expired(self, update: Update) -> None:
        if update.kind == "callback_query":
            self.dropped += 1
            self.walkers[update.lane].note_dropped(orjson.loads(update.body)["callback_query"]["data"])

    def unfinished(self) -> list[Walker]:
        """The people who have not come to the end."""
        return [walker for walker in self.walkers.values() if not walker.is_finished]

    def _notice(self, event: Event) -> None:
        walker = self.walkers.get(event.person_id)
        if walker is not None and event.kind == "message" and event.data["from"]["id"] == self._world.bot["id"]:
            self.moved_at = time.perf_counter()
            walker.hear(event.data)
