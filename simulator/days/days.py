"""`python bot.py chaos --days D`: people live through days with reminders while the bot is killed again and again.

The told time jumps from one due moment to the next, each time a little beyond it, in every zone at once. It jumps only when
everybody has what they are owed, and so who is owed what is known beforehand without asking the bot. Messages are judged when they
come; the seed gives the same lives and kills again.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulator.actors.bot_process import ExportFailed, export_answers, make_environment
from simulator.bot_api.server import Simulator
from simulator.chaos.check import read_rows
from simulator.chaos.process import COMPLAINT, BotEnded, BotProcess
from simulator.days.check import DayFindings, check_dweller
from simulator.days.person import Dweller
from simulator.days.programme import BEGIN, KINDS, write_programmes
from simulator.world.chats import Event
from simulator.world.clock_file import ClockFile
from simulator.world.world import World

TOKEN = "1000004:days_token_of_the_simulated_telegram"
BEYOND_MINUTES = 25.0  # by which the clock is put at most beyond what is due
BREATH_SECONDS = 0.3  # after each jump, longer than the bot needs to notice it
LOOK_SECONDS = 6.0  # more than lie between two of its looks
STALLED_SECONDS = 8.0  # without a word after which the clock goes on by LEASE_SECONDS
LEASE_SECONDS = 301.0  # after which another process looks at somebody who was claimed by one that is dead
TRIES = 4  # times that this is done; then what has not come is missing
LATEST_SECONDS = 0.6  # after a jump at which a kill comes at the latest
LONGEST_GAP_SECONDS = 0.8  # that pass at most between a kill and the next start
KEPT_MESSAGES = 1024  # of each chat
SHOWN = 20  # findings that are printed


@dataclass(frozen=True, slots=True)
class Stay:
    """The size that the command line asks for."""

    people: int
    days: int
    kills: int
    seed: int = 1


@dataclass(slots=True)
class DaysOutcome:
    """The outcome of a run."""

    stay: Stay
    seconds: float = 0.0
    jumps: int = 0
    kills: int = 0
    reminders: int = 0
    answers: int = 0
    repeats: int = 0
    waits: int = 0  # for a lease
    findings: DayFindings = field(default_factory=DayFindings)


def run_days(stay: Stay, bot: Sequence[str], troubled: Sequence[str], uri: str = "") -> int:
    """Run it and print what came of it; 0 when every promise was kept, else 1. `bot` is the command of `bot.py`,
    `troubled` the one that starts the bot with troubles, `uri` a
    MongoDB, "" for SQLite."""
    with tempfile.TemporaryDirectory(prefix="waymark-days-") as folder:
        outcome = asyncio.run(_run(stay, bot, troubled, Path(folder), uri))
    print_outcome(outcome)
    return 1 if outcome.findings.lines() else 0


async def _run(stay: Stay, bot: Sequence[str], troubled: Sequence[str], folder: Path, uri: str) -> DaysOutcome:
    write_programmes(folder / "programmes", stay.days)
    world = World(TOKEN, keep=KEPT_MESSAGES, seed=stay.seed)
    clock = ClockFile(folder / "clock")
    clock.ahead = BEGIN.timestamp() - world.clock()
    clock.lead(world)
    simulator = Simulator(world)
    await simulator.start()
    environment = make_environment("days", TOKEN, simulator.url, folder) | {"MONGO_URI": uri, "DEFAULT_TIMEZONE": "UTC"}
    command = [*troubled, "--clock", str(folder / "clock")]
    process = BotProcess(command, environment, folder / "bot.log", lambda: world.calls["getupdates"])
    calendar, begun = Calendar(world, stay, process), time.perf_counter()
    try:
        await process.start()
        await calendar.live()
    except BotEnded as error:
        calendar.outcome.findings.bot.append(str(error))
    finally:
        calendar.end()
        await process.stop()
        await simulator.stop()
    calendar.outcome.seconds = time.perf_counter() - begun
    await _judge(calendar, process, bot, environment)
    return calendar.outcome


async def _judge(calendar: "Calendar", process: BotProcess, bot: Sequence[str], environment: dict[str, str]) -> None:
    outcome, kept = calendar.outcome, b""
    try:
        kept = await export_answers(bot, environment)
    except ExportFailed as error:
        outcome.findings.bot.append(str(error))
    rows = read_rows(kept)
    for one in calendar.people.values():
        outcome.repeats += check_dweller(one, rows.get(one.id, []), process.gaps, outcome.findings)
    outcome.findings.bot += [line for line in process.log_lines() if COMPLAINT.search(line)]
    outcome.reminders = sum(one.reminders for one in calendar.people.values())
    outcome.answers = sum(map(len, rows.values()))
    outcome.kills = len(process.gaps)


class Calendar:
    """The days of all: whose moment comes next, and the kills in between."""

    def __init__(self, world: World, stay: Stay, process: BotProcess) -> None:
        self.outcome = DaysOutcome(stay)
        self._world, self._process, self._random = world, process, random.Random(f"days {stay.seed}")
        self.people: dict[int, Dweller] = {}
        for index in range(stay.people):
            rng = random.Random(f"days {stay.seed} {index}")
            one = Dweller(world, index, KINDS[index // 2 % len(KINDS)], stay.days, rng)
            self.people[one.id] = one
        self._end = self._now + timedelta(days=stay.days)
        seconds = stay.days * 86_400.0
        self._kills = sorted(self._now + timedelta(seconds=self._random.uniform(0, seconds)) for _ in range(stay.kills))
        self._killing: asyncio.Task[None] | None = None
        self._stirred = time.perf_counter()
        world.subscribe(self._notice)

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._world.now(), UTC)

    async def live(self) -> None:
        """From the first word to the last day. Raises BotEnded."""
        for one in self.people.values():
            one.begin()
        await self._settle()
        while self._now < self._end:
            await self._jump()
            await self._settle()
            if [one for one in self.people.values() if one.act()]:
                await self._settle()
                await self._look_again()
        if self._killing is not None:
            await self._killing

    def end(self) -> None:
        """Nobody listens any more, and nothing is killed."""
        self._world.unsubscribe(self._notice)
        if self._killing is not None:
            self._killing.cancel()

    async def _look_again(self) -> None:
        """Before time goes on the bot looks once more: what was done just now must not bring a reminder that nobody is owed."""
        self._world.put_clock(self._world.now() + LOOK_SECONDS)
        await asyncio.sleep(BREATH_SECONDS)
        await self._settle()

    async def _jump(self) -> None:
        now = self._now
        due = min(min(one.life.upcoming(now), max(one.wants_at(), now)) for one in self.people.values())
        self._world.put_clock(due.timestamp() + self._random.uniform(1.0, BEYOND_MINUTES) * 60)
        self.outcome.jumps += 1
        self._begin_kills()
        await asyncio.sleep(BREATH_SECONDS)

    def _begin_kills(self) -> None:
        """Those whose told moment has come, one after the other, soon."""
        ripe = [moment for moment in self._kills if moment <= self._now]
        if ripe:
            self._kills = self._kills[len(ripe) :]
            waits = [(self._random.uniform(0, LATEST_SECONDS), self._random.uniform(0, LONGEST_GAP_SECONDS)) for _ in ripe]
            self._killing = asyncio.create_task(self._kill(waits, self._killing))

    async def _kill(self, waits: Sequence[tuple[float, float]], before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await before
        for wait, gap in waits:
            await asyncio.sleep(wait)
            await self._process.kill(gap)

    async def _settle(self) -> None:
        """Until everybody has what they are owed by now, and is done with what they began."""
        tries = 0
        self._stirred = time.perf_counter()
        while waiting := self._waiting():
            await self._process.check()
            if time.perf_counter() - self._stirred > STALLED_SECONDS and not any(one.is_busy for one in self.people.values()):
                if tries == TRIES:
                    self._miss(waiting)
                    return
                tries += 1
                self.outcome.waits += 1
                self._world.put_clock(self._world.now() + LEASE_SECONDS)
                self._stirred = time.perf_counter()
            await asyncio.sleep(0.02)

    def _waiting(self) -> list[Dweller]:
        now = self._now
        waiting = [one for one in self.people.values() if one.is_busy or one.life.awaits(now) or one.life.awaits_again(now)]
        return waiting or list(self.people.values())[: self._world.pending]

    def _miss(self, waiting: Sequence[Dweller]) -> None:
        """Nothing more is waited for."""
        for one in waiting:
            now, life = self._now, one.life
            if (day := life.awaits(now)) is not None:
                self.outcome.findings.missing.append(f"person {one.id}: the reminder of {day} ({life.zone})")
                life.reminded[day] = now
            elif (day := life.awaits_again(now)) is not None:
                self.outcome.findings.missing.append(f"person {one.id}: the second reminder of {day} ({life.zone})")
                life.reminded_again.add(day)

    def _notice(self, event: Event) -> None:
        one = self.people.get(event.person_id)
        if one is not None and event.kind == "message" and event.data["from"]["id"] == self._world.bot["id"]:
            self._stirred = time.perf_counter()
            one.hear(event.data)


def print_outcome(outcome: DaysOutcome) -> None:
    """To standard output."""
    stay, findings = outcome.stay, outcome.findings
    print(f"seed             {stay.seed}: {stay.people} people, {stay.days} days, {outcome.kills} kills")
    print(f"took             {outcome.seconds:.1f} s and {outcome.jumps} jumps of the clock, {outcome.waits} waits for a lease")
    print(f"reminders        {outcome.reminders:,}, each once; {outcome.answers:,} answers are kept")
    for name, lines in findings.by_name().items():
        print(f"{name:<17}{len(lines)}")
    print(f"repeats          {outcome.repeats}: {outcome.repeats / max(1, outcome.kills):.2f} a kill")
    print("every promise was kept" if not findings.lines() else f"{len(findings.lines())} BROKEN PROMISES")
    for line in findings.lines()[:SHOWN]:
        print(f"  {line}")
