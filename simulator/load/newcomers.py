"""`python bot.py load --rush N` and `--strangers N`: people who come for the first time, and the memory that they leave behind.

The bot is a process of its own, on a database of its own. A rush: everybody sends /start within ten seconds. Strangers: each comes
when an earlier one has been answered, says /start, and is never heard again.
"""

import asyncio
import re
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from simulator.actors.bot_process import NotStarted, make_environment, run_bot
from simulator.actors.people import Crowd
from simulator.bot_api.server import Simulator
from simulator.load.report import describe_times, read_stats
from simulator.load.walk import WALK, write_programme
from simulator.world.chats import Event
from simulator.world.world import World

TOKEN = "1000004:newcomers_token_of_the_simulated_telegram"
ADMIN = 1
START = f"/start load__{WALK}"
RUSH_SECONDS = 10.0  # within which everybody comes
MOST_IN_A_RUSH = 512  # MB of resident memory
MOST_GROWTH = 50  # MB, from the first strangers to the last one
AT_A_TIME = 20  # strangers; strictly one by one the trial would measure the network
FIRST = 100  # strangers after whom the growth is measured: code that had never run is loaded by then
ANSWER_SECONDS = 60.0  # for an answer
SETTLE_SECONDS = 10.0  # after the last answer within which nothing is to be in work any more
RESTING = 0.1  # seconds of CPU a second, that a bot uses with nothing to do at most
LOOK_SECONDS = 0.05  # between two looks at the memory
ASK_SECONDS = 1.0  # between two questions for /stats: the answer to one is noted before the next
MB = 1 << 20

_AT_REST = "updates under way 1, chats being written to 0"  # the one is /stats itself


@dataclass(slots=True)
class Newcomers:
    """The outcome; memory in MB. `times`: seconds from /start to the first answer."""

    people: int
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    first_memory: float = 0.0
    peak_memory: float = 0.0
    last_memory: float = 0.0
    stats: str = ""
    findings: list[str] = field(default_factory=list)


Come = Callable[[World, Newcomers, Process], Coroutine[Any, Any, None]]


def run_rush(people: int, bot: Sequence[str]) -> int:
    """All of them within ten seconds; 0 when everybody was answered and the memory stayed in its bounds, else 1."""
    return _run(people, bot, _rush)


def run_strangers(people: int, bot: Sequence[str]) -> int:
    """One after the other; 0 when everybody was answered and hardly anything of them stayed in memory, else 1."""
    return _run(people, bot, _pass_by)


def _run(people: int, bot: Sequence[str], come: Come) -> int:
    with tempfile.TemporaryDirectory(prefix="waymark-load-") as folder:
        try:
            outcome = asyncio.run(_live(Newcomers(people), bot, Path(folder), come))
        except NotStarted as error:
            print(error, file=sys.stderr)
            return 1
    _print_outcome(outcome)
    return 1 if outcome.findings else 0


async def _live(outcome: Newcomers, bot: Sequence[str], folder: Path, come: Come) -> Newcomers:
    write_programme(folder / "programmes", films=0)
    world = World(TOKEN, keep=8)
    world.add_person("Operator", id=ADMIN)
    simulator = Simulator(world)
    await simulator.start()
    environment = make_environment("load", TOKEN, simulator.url, folder, admins=str(ADMIN))
    try:
        async with run_bot([*bot, "run"], environment, world, folder / "bot.log") as process:
            await be_at_rest(process)
            watch = asyncio.create_task(_watch_memory(process, outcome))
            begun = time.perf_counter()
            await come(world, outcome, process)
            outcome.seconds = time.perf_counter() - begun
            outcome.stats = await _settle(world)
            watch.cancel()
            outcome.last_memory = read_memory(process)
    finally:
        await simulator.stop()
    if _AT_REST not in outcome.stats:
        outcome.findings.append("something was still in work when all was said")
    said = (folder / "bot.log").read_text(encoding="utf-8")
    outcome.findings += [line for line in said.splitlines() if " ERROR " in line or " CRITICAL " in line]
    return outcome


async def _settle(world: World) -> str:
    """The words of /stats once nothing is in work any more, or after SETTLE_SECONDS."""
    until = time.perf_counter() + SETTLE_SECONDS
    while _AT_REST not in (stats := await read_stats(world, ADMIN)) and time.perf_counter() < until:  # noqa: ASYNC110 (the bot is asked)
        await asyncio.sleep(ASK_SECONDS)
    return stats


async def be_at_rest(process: Process) -> None:
    """Until all is loaded that a start leaves for later, such as the names of cities: nobody's memory but the bot's own."""
    one, used = psutil.Process(process.pid), -1.0
    while (now := sum(one.cpu_times()[:2])) > used + RESTING:
        used = now
        await asyncio.sleep(1.0)


def read_memory(process: Process) -> float:
    """Resident MB."""
    return float(psutil.Process(process.pid).memory_info().rss / MB)


async def _watch_memory(process: Process, outcome: Newcomers) -> None:
    while True:
        outcome.peak_memory = max(outcome.peak_memory, read_memory(process))
        await asyncio.sleep(LOOK_SECONDS)


async def _rush(world: World, outcome: Newcomers, process: Process) -> None:
    outcome.first_memory = read_memory(process)
    crowd = Crowd(world, outcome.people, lambda index: START, lambda message, rng: None, ramp=RUSH_SECONDS)
    try:
        async with asyncio.timeout(RUSH_SECONDS + ANSWER_SECONDS):
            await crowd.run(lambda: len(crowd.times) == outcome.people)
    except TimeoutError:
        outcome.findings.append(f"{outcome.people - len(crowd.times)} people were not answered")
    outcome.times = crowd.times
    if outcome.peak_memory > MOST_IN_A_RUSH:
        outcome.findings.append(f"the memory rose to {outcome.peak_memory:.0f} MB; it is to stay below {MOST_IN_A_RUSH}")


async def _pass_by(world: World, outcome: Newcomers, process: Process) -> None:
    strangers = Strangers(world, outcome.people)
    await strangers.pass_by(min(FIRST, outcome.people))
    outcome.first_memory = read_memory(process)
    await strangers.pass_by(outcome.people)
    outcome.times = strangers.times
    if silent := len(strangers.waiting):
        outcome.findings.append(f"{silent} people were not answered")
    growth = read_memory(process) - outcome.first_memory
    if growth > MOST_GROWTH:
        outcome.findings.append(f"the memory grew by {growth:.0f} MB; it is to grow by less than {MOST_GROWTH}")


class Strangers:
    """`waiting`: person -> when they said /start (seconds of the monotonic clock). `times`: seconds to their answers."""

    def __init__(self, world: World, people: int) -> None:
        self.times: list[float] = []
        self.waiting: dict[int, float] = {}
        self._world, self._people, self._came = world, people, 0
        self._answered = asyncio.Event()

    async def pass_by(self, until: int) -> None:
        """Until so many in all have come and gone, or nobody is answered for ANSWER_SECONDS."""
        self._world.subscribe(self._notice)
        try:
            while len(self.times) < until:
                while len(self.waiting) < AT_A_TIME and self._came < until:
                    self._come()
                self._answered.clear()
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._answered.wait()
        except TimeoutError:
            return  # people who still wait are found by the caller
        finally:
            self._world.unsubscribe(self._notice)

    def _come(self) -> None:
        self._came += 1
        person = self._world.add_person(f"Stranger {self._came}").id
        self.waiting[person] = time.perf_counter()
        self._world.say(person, START)

    def _notice(self, event: Event) -> None:
        if event.kind == "message" and event.data["from"]["id"] == self._world.bot["id"]:
            begun = self.waiting.pop(event.person_id, None)
            if begun is not None:
                self.times.append(time.perf_counter() - begun)
                self._answered.set()


def _print_outcome(outcome: Newcomers) -> None:
    grown = outcome.last_memory - outcome.first_memory
    rest = re.search(r"^updates under way .*$", outcome.stats, re.MULTILINE)
    print(f"people          {len(outcome.times):,} of {outcome.people:,} were answered, within {outcome.seconds:.1f} s")
    print(f"first answer    {describe_times(outcome.times)}")
    print(
        f"memory          {outcome.first_memory:.0f} MB at first, at most {outcome.peak_memory:.0f} MB, "
        f"{outcome.last_memory:.0f} MB at the end ({grown:+.0f} MB)"
    )
    print(f"at the end      {rest[0] if rest else 'no word from /stats'}")
    print("all well" if not outcome.findings else f"{len(outcome.findings)} FINDINGS")
    for line in outcome.findings[:20]:
        print(f"  {line}")
