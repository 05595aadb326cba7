"""`python bot.py load`: simulated people walk through a programme of ten questions, over and over, against the real bot.

The bot is a process of its own, over HTTP, with a database of its own. Everything that a person said is compared with what the
bot kept, at the end, through its own export.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from simulator.bot_command import ExportFailed, NotStarted, export_answers, make_environment, run_bot
from simulator.load_report import Outcome, print_outcome, read_stats
from simulator.load_walk import FILM, WALK, Walkers, compare, write_programme
from simulator.server import Simulator
from simulator.world import World

TOKEN = "1000002:load_token_of_the_simulated_telegram"
ADMIN = 1
UPLOAD_RATE = 10_000_000  # bytes a second, a fast line of 100 Mbit/s: on loopback the generator's own reading would be measured
HUSH, HUSH_SHARE = 1, 0.5  # seconds that a 429 asks for, and how many of the messages get one
END_PATIENCE = 20.0  # seconds for the last answers


@dataclass(frozen=True, slots=True)
class Plan:
    """`people` in all; of them `videos` walk a flow whose questions carry 20 MB videos, `slow` have store calls of 200 ms, and
    `hushed` are in chats for which Telegram says 429 to every other message.

    With one of the three set, the others walk alone for the first half of `seconds`, so that their times can be compared.
    """

    people: int
    seconds: float
    videos: int = 0
    slow: int = 0
    hushed: int = 0
    think: float = 0.0
    seed: int = 1

    @property
    def disturbers(self) -> int:
        """How many are there to disturb the others."""
        return self.videos + self.slow + self.hushed


def run_load(plan: Plan, bot: Sequence[str]) -> int:
    """Run it and print what came of it; 0 when nothing was lost, doubled, out of order or refused, else 1."""
    with tempfile.TemporaryDirectory(prefix="waymark-load-") as folder:
        try:
            outcome = asyncio.run(_run(plan, bot, Path(folder)))
        except (NotStarted, ExportFailed) as error:
            print(error, file=sys.stderr)
            return 1
        print_outcome(outcome)
    return 0 if outcome.is_clean else 1


async def _run(plan: Plan, bot: Sequence[str], folder: Path) -> Outcome:
    write_programme(folder / "programmes", films=plan.videos > 0)
    world = World(TOKEN, keep=64)
    world.upload_rate = UPLOAD_RATE
    world.add_person("Operator", id=ADMIN)
    simulator = Simulator(world)
    await simulator.start()
    others = Walkers(world, plan.people - plan.disturbers, WALK, plan.seed, plan.think)
    films = Walkers(world, plan.videos, FILM, plan.seed + 1, plan.think)
    slow = Walkers(world, plan.slow, WALK, plan.seed + 2, plan.think)
    hushed = Walkers(world, plan.hushed, WALK, plan.seed + 3, plan.think)
    for person in hushed.crowd.members:
        world.faults.add("sendMessage", person, HUSH_SHARE, kind="too_many_requests", retry_after=HUSH)
    environment = make_environment("load", TOKEN, simulator.url, folder, admins=str(ADMIN))
    slow_people = ",".join(str(person) for person in slow.crowd.members)
    command = [*bot, "run", *(["--slow-people", slow_people] if slow_people else [])]
    async with run_bot(command, environment, world, folder / "bot.log"):
        outcome = await _drive(plan, world, others, [films, slow, hushed])
    await simulator.stop()
    kept = await export_answers(bot, environment, "load")
    outcome.findings += compare([others, films, slow, hushed], kept)
    outcome.log = (folder / "bot.log").read_text(encoding="utf-8").splitlines()
    return outcome


async def _drive(plan: Plan, world: World, others: Walkers, disturbers: list[Walkers]) -> Outcome:
    outcome = Outcome(people=plan.people)
    begun = time.perf_counter()
    others.crowd.begin()
    with tqdm(total=round(plan.seconds, 1), bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} s, {postfix}") as bar:
        if plan.disturbers:
            await _live(bar, plan.seconds / 2, others, begun)
            outcome.quiet_times = list(others.crowd.times)
            others.crowd.times.clear()
            for one in disturbers:
                one.crowd.begin()
            await _live(bar, plan.seconds / 2, others, begun)
        else:
            await _live(bar, plan.seconds, others, begun)
    outcome.seconds = time.perf_counter() - begun
    walkers = [others, *disturbers]
    outcome.steps = sum(one.crowd.actions for one in walkers)
    await _finish(walkers, plan.think)
    outcome.times = others.crowd.times
    outcome.stats = await read_stats(world, ADMIN)
    for one in walkers:
        outcome.findings += one.findings()
        one.crowd.end()
    return outcome


async def _live(bar: "tqdm[Any]", seconds: float, walkers: Walkers, begun: float) -> None:
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0:
        await asyncio.sleep(min(left, 1.0))
        bar.set_postfix_str(f"{walkers.crowd.actions / (time.perf_counter() - begun):,.0f} steps/s", refresh=False)
        bar.update(min(1.0, left))


async def _finish(walkers: list[Walkers], think: float) -> None:
    """Nobody begins anything new; who is thinking says it yet, and everybody who waits is to get an answer."""
    for one in walkers:
        one.stopping = True
    await asyncio.sleep(2 * think)
    try:
        async with asyncio.timeout(END_PATIENCE):
            while any(one.waiting() for one in walkers):  # noqa: ASYNC110 (their answers come from another process)
                await asyncio.sleep(0.05)
    except TimeoutError:
        return  # who still waits is found by `findings`
