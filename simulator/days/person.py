"""The people of a run of days: they begin, tell their city, answer a reminder or not, come by themselves, pause, block, move."""

import asyncio
import random
import re
import time as clock
from collections import defaultdict
from collections.abc import Coroutine
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.actors.people import read_buttons
from simulator.days.life import ONE_DAY, Life
from simulator.days.programme import BAD, GOOD, PLACES, QUIET, Kind, question
from simulator.world.chats import Message
from simulator.world.world import World

ANSWER_SECONDS = 60.0  # for an answer, a start of the bot included
HOURS = (10, 15)  # local hours between which they act of themselves
ANSWER, LEAVE_OPEN = 0.6, 0.15  # of the reminders are answered, begun and left; the others are let be
COME, PAUSE, BLOCK, MOVE, LOOK = 0.15, 0.08, 0.04, 0.04, 0.07  # of the days hold such a thing
PAUSES = {"One day": 1, "Three days": 3, "Until I say /resume": None}
LONG = 2  # dates after which who has paused without end, or blocked, is back
_REMINDER = re.compile(r"Day (\d+) of “\w+” is there|“Day (\d+)” is still open")
_TIME = re.compile(r"So it is (\d\d):(\d\d) where you are")


class Silence(Exception):
    """Something that had to be answered was not."""


class Dweller:
    """One of them. `reminders`: what came, as (local date, second reminder or first) -> (number of the day, told moment) of each
    different one; `copies`: every message as (what it belongs to, words) -> moments of the monotonic clock."""

    def __init__(self, world: World, index: int, kind: Kind, days: int, rng: random.Random) -> None:
        self.id = world.add_person(f"Person {index + 1}").id
        self.city, zone, self._other, self._other_zone = PLACES[index % len(PLACES)]
        self.life = Life(kind, days, ZoneInfo(zone))
        self.copies: dict[tuple[int, str], list[float]] = defaultdict(list)
        self.reminders = 0
        self.wrong: list[tuple[str, str]] = []  # kind of finding, words
        self._world, self._random = world, rng
        self._heard: list[Message] = []
        self._mark = 0
        self._acts = 0
        self._moved = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._acted_on = 0  # ordinal of the date on which they acted of themselves last
        self._back_on = 0  # ordinal of the date on which a long pause or a block ends
        self._hour = self._random.randint(*HOURS)

    @property
    def is_busy(self) -> bool:
        """Whether something that they began is not done."""
        return bool(self._tasks)

    @property
    def now(self) -> datetime:
        """The told time."""
        return datetime.fromtimestamp(self._world.now(), UTC)

    # --- what comes
    def hear(self, message: Message) -> None:
        """A new message of the bot."""
        text, at = message.get("text", ""), datetime.fromtimestamp(message["date"], UTC)
        reminder = _REMINDER.match(text)
        belongs = self._acts
        if reminder:
            belongs = self._hear_reminder(int(reminder[1] or reminder[2]), text, at, message)
        self.copies[belongs, text].append(clock.perf_counter())
        self._heard.append(message)
        self._moved.set()

    def _hear_reminder(self, number: int, text: str, at: datetime, message: Message) -> int:
        """The occasion it belongs to: a date's first reminder, or its second on the morning after."""
        here, life = self.life.here(at), self.life
        again = QUIET[1] <= here.time() < time(12)
        day = here.date() - ONE_DAY if again else here.date()
        key = 2 * day.toordinal() + again
        if (key, text) not in self.copies:
            self._judge(number, day, again, at)
            self.reminders += 1
            if again:
                life.reminded_again.add(day)
            else:
                life.reminded[day] = at
            self._react(message)
        return key

    def _judge(self, number: int, day: object, again: bool, at: datetime) -> None:
        life, here = self.life, self.life.here(at)
        words = f"day {number} at {here:%Y-%m-%d %H:%M} ({life.zone})"
        if not QUIET[1] <= here.time() < QUIET[0]:
            self.wrong.append(("in_quiet_hours", words))
        elif life.is_held(at):
            self.wrong.append(("in_a_pause", words))
        elif day in (life.reminded_again if again else life.reminded):
            self.wrong.append(("doubled", words))
        elif life.owed(here.date()) is None or (again and (life.kind.again is None or day not in life.reminded)):
            self.wrong.append(("not_due", words))
        elif number != life.owed(here.date()):
            self.wrong.append(("wrong_day", f"{words}, although {life.owed(here.date())} is due"))
        elif not again and here.time() < life.kind.opens:
            self.wrong.append(("too_early", words))

    def _react(self, message: Message) -> None:
        dice = self._random.random()
        if dice < ANSWER + LEAVE_OPEN:
            self._do(self._follow(message, dice < ANSWER))

    # --- what they do
    def begin(self) -> None:
        """The first day, and where they are."""
        self._do(self._begin())

    def wants_at(self) -> datetime:
        """When they will do something of themselves next."""
        today = self.life.here(self.now).date()
        day = today if today.toordinal() > self._acted_on else today + ONE_DAY
        return self.life.at(day, time(self._hour))

    def act(self) -> bool:
        """Do what the day brings, if it is time for it; whether it brings anything."""
        if self.now < self.wants_at():
            return False
        self._acted_on, self._hour = self.life.here(self.now).date().toordinal(), self._random.randint(*HOURS)
        life, dice = self.life, self._random.random()
        if self._back_on:
            if self._acted_on >= self._back_on:
                self._back_on = 0
                self._do(self._unblock() if life.is_blocked else self._resume())
        elif dice < COME and len(life.done) < life.days:
            self._do(self._come())
        elif (dice := dice - COME) < PAUSE:
            self._do(self._pause(self._random.choice(list(PAUSES))))
        elif (dice := dice - PAUSE) < BLOCK:
            self._do(self._block())
        elif (dice := dice - BLOCK) < MOVE:
            self._do(self._move())
        elif dice - MOVE < LOOK:
            self._do(self._look())
        return self.is_busy

    def _do(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._watched(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watched(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Silence as error:
            self.wrong.append(("left_in_silence", str(error)))

    async def _begin(self) -> None:
        self._say(f"/start {self.life.kind.name}")
        await self._answer(1)
        await self._tell(self.city)

    async def _tell(self, city: str) -> None:
        """Their time zone."""
        self._say("/settings")
        await self._see("What time is it where you are?")
        self._say(city)
        answer = await self._see("Thank you. So it is", "Which of these", "I don't know that place")
        if "Which of these" in answer["text"]:
            self._press(answer, str(self.life.zone))
            answer = await self._see("Thank you. So it is")
        shown, here = _TIME.search(answer["text"]), self.life.here(datetime.fromtimestamp(answer["date"], UTC))
        if not shown or abs(int(shown[1]) * 60 + int(shown[2]) - here.hour * 60 - here.minute) % 1440 not in (0, 1, 1439):
            self.wrong.append(("wrong_zone", f"{city}: {answer['text']}, but it is {here:%H:%M}"))

    async def _follow(self, reminder: Message, answers: bool) -> None:
        """Begin or Continue; who only begins leaves the question open."""
        number = len(self.life.done) + 1
        self._press(reminder, "Begin", "Continue")
        self.life.begin(self.now)
        if answers:
            await self._answer(number)
        else:
            await self._see(question(number))

    async def _come(self) -> None:
        """By themselves."""
        number, is_open = len(self.life.done) + 1, self.life.open is not None
        if not is_open and self.life.owed(self.life.here(self.now).date()) is None:
            return
        self._say(f"/start {self.life.kind.name}")
        if is_open:
            self._press(await self._see("You are in the middle of"), "Continue")
        await self._answer(number)

    async def _answer(self, number: int) -> None:
        asked = await self._see(question(number))
        self.life.begin(self.now)
        self._press(asked, self._random.choice((GOOD, BAD)))
        await self._see(f"That was “Day {number}”")
        self.life.finish()

    async def _pause(self, length: str) -> None:
        self._say("/pause")
        self._press(await self._see("For how long"), length)
        await self._see("All right, no reminders")
        days = PAUSES[length]
        self.life.paused_until = datetime.max.replace(tzinfo=UTC) if days is None else self.now + timedelta(days=days)
        self._back_on = 0 if days else self._acted_on + LONG

    async def _resume(self) -> None:
        self._say("/resume")
        await self._see("I remind you again")
        self.life.paused_until = None

    async def _block(self) -> None:
        self._world.block(self.id)
        self.life.is_blocked, self._back_on = True, self._acted_on + LONG

    async def _unblock(self) -> None:
        self._world.unblock(self.id)
        self.life.is_blocked = False

    async def _move(self) -> None:
        """To the other city; or back."""
        self.city, self._other = self._other, self.city
        before = str(self.life.zone)
        self.life.zone, self._other_zone = ZoneInfo(self._other_zone), before
        await self._tell(self.city)

    async def _look(self) -> None:
        self._say("/progress")
        await self._see("days done")

    # --- how
    def _say(self, text: str) -> None:
        self._acting()
        self._world.say(self.id, text)

    def _press(self, message: Message, *labels: str) -> None:
        """The button with one of these words, or whose data ends with them."""
        self._acting()
        for button in read_buttons(message):
            if button["text"] in labels or button["callback_data"].endswith(labels):
                self._world.press(self.id, message["message_id"], button["callback_data"], stale=True)
                return
        raise Silence(f"there is no button {labels} below {message.get('text')!r}")

    def _acting(self) -> None:
        self._mark, self._acts, self.life.heard = len(self._heard), self._acts + 1, self.now

    async def _see(self, *parts: str) -> Message:
        """The next message since they last did something that holds one of these words."""
        until = clock.perf_counter() + ANSWER_SECONDS
        while True:
            for message in self._heard[self._mark :]:
                if any(part in message.get("text", "") for part in parts):
                    return message
            self._moved.clear()
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + until - clock.perf_counter()):
                    await self._moved.wait()
            except TimeoutError as error:
                raise Silence(f"waited for {parts}") from error
