"""Simulated people who answer the bot by themselves, for load and for trials with faults."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simulator.world.chats import Event, Message
from simulator.world.world import BotBlocked, NoSuchButton, World


@dataclass(frozen=True, slots=True)
class Say:
    """Write a message."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """Press the button with that callback data: on the message that is being answered, or on another one of the chat.

    `stale` presses it even when the keyboard is gone by now.
    """

    data: str
    message_id: int | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Take that many seconds (besides the think time), then act."""

    seconds: float
    then: "Say | Press"


Action = Say | Press | Wait
Answer = Action | Sequence[Action] | None
Decide = Callable[[Message, random.Random], Answer]


class Entry(NamedTuple):
    """A line of a person's log: `kind` is said, pressed, saw, edited, toast or failed; `at` seconds of the monotonic clock."""

    at: float
    kind: str
    text: str
    message_id: int


@dataclass(slots=True)
class Member:
    """One of the crowd. `acted_at` is set while they wait for the bot's next message."""

    id: int
    index: int
    random: random.Random
    log: list[Entry] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    acted_at: float | None = None

    @property
    def waiting(self) -> bool:
        """Has acted and heard nothing since."""
        return self.acted_at is not None


class Crowd:
    """`people` new persons of `world`: person i begins by saying `start(i)`, then answers each new message by `decide`.

    `decide(message, rng)` gives an action, several to be done one after the other, or None; `decide_edited` does the same for
    messages that the bot edits. `think`: the shortest and longest time (seconds) before an action. `ramp`: the seconds over
    which the people begin. Several crowds may live in one world. Each person has a random generator of their own, from `seed`.
    """

    def __init__(
        self,
        world: World,
        people: int,
        start: Callable[[int], str],
        decide: Decide,
        seed: int = 0,
        think: tuple[float, float] = (0.0, 0.0),
        *,
        ramp: float = 0.0,
        decide_edited: Decide | None = None,
    ) -> None:
        self.actions = 0
        self.times: list[float] = []
        self.toasts: Counter[str] = Counter()
        self.errors: list[tuple[int, str]] = []
        self.members: dict[int, Member] = {}
        self._world = world
        self._start = start
        self._decide = decide
        self._decide_edited = decide_edited
        self._think = think
        self._ramp = ramp
        self._timers: set[asyncio.TimerHandle] = set()
        self._running = False
        self._until: Callable[[], bool] | None = None
        self._reached: asyncio.Event = asyncio.Event()
        for index in range(people):
            person = world.add_person(f"Person {index + 1}")
            self.members[person.id] = Member(person.id, index, random.Random(f"{seed} {index}"))

    @property
    def waiting(self) -> list[int]:
        """The ids of those who acted last and have heard nothing since."""
        return [member.id for member in self.members.values() if member.waiting]

    async def run(self, until: Callable[[], bool] | float) -> None:
        """Let the people live for that many seconds, or until the function (asked after every event) says yes."""
        self.begin()
        try:
            if callable(until):
                self._until = until
                self._check()
                await self._reached.wait()
            else:
                await asyncio.sleep(until)
        finally:
            self.end()

    def begin(self) -> None:
        """Start everybody who has not started; needs a running loop."""
        self._running = True
        self._reached.clear()
        self._world.subscribe(self._notice)
        new = [member for member in self.members.values() if not member.log]
        for place, member in enumerate(new):
            self._later(self._ramp * place / len(new), member, [Say(self._start(member.index))], 0)

    def end(self) -> None:
        """Nobody acts any more; what was recorded stays."""
        self._running = False
        self._until = None
        self._world.unsubscribe(self._notice)
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def act(self, person: int, action: Action, message_id: int) -> None:
        """Let somebody do something after their think time, in answer to that message."""
        self._plan(self.members[person], [action], message_id)

    def _notice(self, event: Event) -> None:
        member = self.members.get(event.person_id)
        if member is None:
            return
        if event.kind in ("message", "edited"):
            if event.data["from"]["id"] == self._world.bot["id"]:
                self._read(member, event)
        elif event.kind == "toast" and event.data["text"]:
            self.toasts[event.data["text"]] += 1
            member.log.append(Entry(time.perf_counter(), "toast", event.data["text"], 0))
        self._check()

    def _read(self, member: Member, event: Event) -> None:
        message, now = event.data, time.perf_counter()
        is_new = event.kind == "message"
        text = message.get("text") or message.get("caption") or ""
        member.log.append(Entry(now, "saw" if is_new else "edited", text, message["message_id"]))
        if is_new and member.acted_at is not None:
            member.times.append(now - member.acted_at)
            self.times.append(now - member.acted_at)
            member.acted_at = None
        decide = self._decide if is_new else self._decide_edited
        answer = decide(message, member.random) if decide is not None else None
        if answer:
            actions = list(answer) if isinstance(answer, Sequence) else [answer]
            self._plan(member, actions, message["message_id"])

    def _plan(self, member: Member, actions: list[Action], message_id: int) -> None:
        """Do the first action after its time, then the others."""
        shortest, longest = self._think
        wait = member.random.uniform(shortest, longest) if longest > 0 else 0.0
        first = actions[0]
        if isinstance(first, Wait):
            wait += first.seconds
            actions = [first.then, *actions[1:]]
        self._later(wait, member, actions, message_id)

    def _later(self, seconds: float, member: Member, actions: list[Action], message_id: int) -> None:
        loop = asyncio.get_running_loop()
        if seconds <= 0:
            # Not at once: the bot's call, in which this message came to be, is to be answered first.
            loop.call_soon(self._act, member, actions, message_id)
            return

        def act() -> None:
            self._timers.discard(timer)
            self._act(member, actions, message_id)

        timer = loop.call_later(seconds, act)
        self._timers.add(timer)

    def _act(self, member: Member, actions: list[Action], message_id: int) -> None:
        if not self._running:
            return
        now = time.perf_counter()
        try:
            member.log.append(self._do(member, actions[0], message_id, now))
        except (NoSuchButton, BotBlocked) as error:
            self.errors.append((member.id, str(error)))
            member.log.append(Entry(now, "failed", str(error), message_id))
        else:
            self.actions += 1
            member.acted_at = now
        if len(actions) > 1:
            self._plan(member, actions[1:], message_id)
        self._check()

    def _do(self, member: Member, action: Action, message_id: int, now: float) -> Entry:
        if isinstance(action, Press):
            target = action.message_id or message_id
            self._world.press(member.id, target, action.data, stale=action.stale)
            return Entry(now, "pressed", action.data, target)
        assert isinstance(action, Say)  # a Wait is taken apart by _plan
        return Entry(now, "said", action.text, self._world.say(member.id, action.text))

    def _check(self) -> None:
        if self._until is not None and self._until():
            self._reached.set()


def read_buttons(message: Message) -> list[dict[str, Any]]:
    """The inline buttons of a message in reading order."""
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", ()) for button in row]
