"""`python bot.py load --stored N`: what the bot costs when N people are stored already, and how soon it is there.

A few people walk, the bot stops, and they are copied until there are N. Then the bot starts again on that database, with ten more
programmes of 200 steps to read. Every figure is that of its own process.
"""

import asyncio
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from simulator.actors.bot_process import NotStarted, make_environment, run_bot
from simulator.bot_api.server import Simulator
from simulator.load.report import describe_times, read_stats
from simulator.load.walk import WALK, Walkers, write_programme
from simulator.world.world import World

TOKEN = "1000005:stored_token_of_the_simulated_telegram"
ADMIN = 1
SAMPLES = 50  # people who walk before they are copied
SAMPLE_SECONDS, SAMPLE_THINK = 3.0, 0.1  # enough for a walk or two, and a part of the next
IDLE_SECONDS = 5.0  # in which nobody says anything
SETTLE_SECONDS = 2.0  # after the last answer
PROGRAMMES, FLOWS, STEPS = 10, 4, 50  # to read at the start: each programme has FLOWS times STEPS steps
KB = 1024

_STEPS = (
    "type: select_one\n    label: Question {0}, how calm are you?\n    choices: [Very, Somewhat, Not at all]",
    "type: integer\n    label: Question {0}, after *${{{1}}}*\n    constraint: . >= 0 and . <= 100",
    "type: text\n    label: Question {0}, what else?\n    relevant: ${{{1}}} != ''",
    "type: range\n    label: Question {0}, from one to ten?",
)


@dataclass(slots=True)
class Figures:
    """Of the bot's process: seconds, bytes, seconds of CPU. `times`: seconds to the next question; `active`: people in memory."""

    stored: int
    size: int = 0
    start: float = 0.0
    start_cpu: float = 0.0
    stats_seconds: float = 0.0
    idle_cpu: float = 0.0
    memory: int = 0
    steps: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    times: list[float] = field(default_factory=list)
    active: int = 0
    active_memory: int = 0
    findings: list[str] = field(default_factory=list)


Copy = Callable[[Path, int], int]


def run_stored(stored: int, people: int, seconds: float, bot: Sequence[str], copy: Copy) -> int:
    """`copy` makes the people of an SQLite file so many. 0 when nothing went wrong in the chats and in the log, else 1."""
    with tempfile.TemporaryDirectory(prefix="waymark-load-") as folder:
        try:
            figures = asyncio.run(_measure(Figures(stored), people, seconds, bot, copy, Path(folder)))
        except NotStarted as error:
            print(error, file=sys.stderr)
            return 1
    _print_figures(figures)
    return 1 if figures.findings else 0


async def _measure(figures: Figures, people: int, seconds: float, bot: Sequence[str], copy: Copy, folder: Path) -> Figures:
    write_programme(folder / "programmes", films=0)
    write_large_programmes(folder / "programmes")
    world = World(TOKEN, keep=8)
    world.add_person("Operator", id=ADMIN)
    simulator = Simulator(world)
    await simulator.start()
    environment = {**make_environment("load", TOKEN, simulator.url, folder, admins=str(ADMIN)), "MONGO_URI": ""}
    try:
        await _walk_samples(world, bot, environment, folder)
        figures.stored = await asyncio.to_thread(copy, folder / "load.db", figures.stored)
        figures.size = (folder / "load.db").stat().st_size
        world.calls.clear()
        begun = time.perf_counter()
        async with run_bot([*bot, "run"], environment, world, folder / "bot.log") as process:
            figures.start = time.perf_counter() - begun
            figures.start_cpu = _read_cpu(process)
            await _live(figures, world, process, people, seconds)
    finally:
        await simulator.stop()
    said = (folder / "bot.log").read_text(encoding="utf-8")
    figures.findings += [line for line in said.splitlines() if " ERROR " in line or " CRITICAL " in line]
    return figures


async def _walk_samples(world: World, bot: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
    walkers = Walkers(world, SAMPLES, [WALK], 1, SAMPLE_THINK)
    async with run_bot([*bot, "run"], environment, world, folder / "samples.log"):
        walkers.go()
        await asyncio.sleep(SAMPLE_SECONDS)
        walkers.rest()
        await asyncio.sleep(SETTLE_SECONDS)
    walkers.crowd.end()


async def _live(figures: Figures, world: World, process: Process, people: int, seconds: float) -> None:
    before = _read_cpu(process)
    await asyncio.sleep(IDLE_SECONDS)
    figures.idle_cpu = (_read_cpu(process) - before) / IDLE_SECONDS
    begun = time.perf_counter()
    if not await read_stats(world, ADMIN):
        figures.findings.append("/stats was not answered")
    figures.stats_seconds = time.perf_counter() - begun
    figures.memory = _read_memory(process)
    await _walk(figures, world, process, people, seconds)


async def _walk(figures: Figures, world: World, process: Process, people: int, seconds: float) -> None:
    """Everybody walks; the CPU is counted while they do, the memory when all have an open run and nothing is in work."""
    walkers = Walkers(world, people, [WALK], 2, 0.0)
    walkers.go()
    await asyncio.sleep(min(2.0, people / 500) + 1.0)  # until all have begun
    before, steps, begun = _read_cpu(process), walkers.crowd.actions, time.perf_counter()
    walkers.crowd.times.clear()
    await asyncio.sleep(seconds)
    figures.cpu, figures.steps = _read_cpu(process) - before, walkers.crowd.actions - steps
    figures.seconds, figures.times = time.perf_counter() - begun, list(walkers.crowd.times)
    walkers.rest()
    await asyncio.sleep(SETTLE_SECONDS)
    figures.active, figures.active_memory = people, _read_memory(process) - figures.memory
    figures.findings += walkers.findings()
    walkers.crowd.end()


def write_large_programmes(folder: Path) -> None:
    """Ten programmes of 200 steps, with expressions, choices and formatted words."""
    for number in range(PROGRAMMES):
        place = folder / f"large{number}"
        place.mkdir(parents=True)
        flows = [f"flow{flow}" for flow in range(FLOWS)]
        head = f"programme: large{number}\ntitle: Large {number}\nmenu: [{', '.join(flows)}]\n"
        (place / "programme.yaml").write_text(head, encoding="utf-8")
        for flow in flows:
            steps = [_make_step(index) for index in range(STEPS)]
            (place / f"{flow}.yaml").write_text(f"title: {flow.capitalize()}\nsteps:\n{''.join(steps)}", encoding="utf-8")


def _make_step(index: int) -> str:
    words = _STEPS[index % len(_STEPS)] if index else "type: text\n    label: Who are you?"
    return f"  - name: q{index}\n    {words.format(index, f'q{index - 1}')}\n"


def _read_cpu(process: Process) -> float:
    """Seconds since the process began."""
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


def _read_memory(process: Process) -> int:
    """Resident bytes."""
    return int(psutil.Process(process.pid).memory_info().rss)


def _print_figures(figures: Figures) -> None:
    mb = KB * KB
    print(f"stored          {figures.stored:,} people in {figures.size / mb:,.0f} MB")
    print(
        f"start           {figures.start:.2f} s until updates are taken, {figures.start_cpu:.2f} s of CPU, "
        f"with {PROGRAMMES} programmes of {FLOWS * STEPS} steps"
    )
    print(f"idle            {figures.idle_cpu * 1000:.1f} ms of CPU a second, {figures.memory / mb:.0f} MB")
    print(f"/stats          answered within {figures.stats_seconds:.2f} s")
    print(f"steps           {figures.steps:,} in {figures.seconds:.1f} s, {figures.cpu / figures.steps * 1000:.3f} ms of CPU each")
    print(f"next question   {describe_times(figures.times)}")
    print(f"active people   {figures.active:,}, {figures.active_memory / figures.active / KB:.1f} KB each")
    print("all well" if not figures.findings else f"{len(figures.findings)} FINDINGS")
    for line in figures.findings[:20]:
        print(f"  {line}")
