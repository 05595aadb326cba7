"""`python bot.py load`: simulated people walk through a programme of ten questions, over and over, against the real bot.

The bot is a process of its own, over HTTP, with a database of its own. Everything that a person said is compared with what the
bot kept, at the end, through its own export.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from simulator.actors.bot_process import ExportFailed, NotStarted, export_answers, make_environment, run_bot
from simulator.bot_api.server import Simulator
from simulator.load.flood import Flood
from simulator.load.plan import Plan
from simulator.load.report import Outcome, print_outcome, read_stats
from simulator.load.walk import FILM, WALK, Walkers, compare, write_programme
from simulator.load.windows import Watch, alternate, live, measure_windows
from simulator.world.world import World

TOKEN = "1000002:load_token_of_the_simulated_telegram"
ADMIN = 1
UPLOAD_RATE = 5_000_000  # bytes a second of one upload; twenty at once then take about what a line of 1 Gbit/s has
HUSH, HUSH_SHARE = 1, 0.5  # seconds that a 429 asks for, and how many of the messages get one
END_SECONDS = 20.0  # for the last answers


def run_load(plan: Plan, bot: Sequence[str], troubled: Sequence[str]) -> int:
    """Run it and print what came of it; 0 when nothing was lost, doubled, out of order or refused, else 1.

    `bot` is the command of `bot.py`, `troubled` the one that starts the bot with troubles.
    """
    outcome = measure_load(plan, bot, troubled)
    if outcome is None:
        return 1
    print_outcome(outcome)
    return 0 if outcome.is_clean else 1


def measure_load(plan: Plan, bot: Sequence[str], troubled: Sequence[str]) -> Outcome | None:
    """Run it; None when it could not be run, which has been said then."""
    with tempfile.TemporaryDirectory(prefix="waymark-load-") as folder:
        try:
            return asyncio.run(_run(plan, bot, troubled, Path(folder)))
        except (NotStarted, ExportFailed) as error:
            print(error, file=sys.stderr)
            return None


async def _run(plan: Plan, bot: Sequence[str], troubled: Sequence[str], folder: Path) -> Outcome:
    write_programme(folder / "programmes", films=plan.videos)
    world = _make_world()
    simulator = Simulator(world)
    await simulator.start()
    others = Walkers(world, plan.people - plan.disturbers, [WALK], plan.seed, plan.think)
    films = Walkers(world, plan.videos, [f"{FILM}{number}" for number in range(plan.videos)], plan.seed + 1, plan.think)
    slow = Walkers(world, plan.slow, [WALK], plan.seed + 2, plan.think)
    hushed = Walkers(world, plan.hushed, [WALK], plan.seed + 3, plan.think)
    for person in hushed.crowd.members:
        world.faults.add("sendMessage", person, HUSH_SHARE, kind="too_many_requests", retry_after=HUSH)
    environment = make_environment("load", TOKEN, simulator.url, folder, admins=str(ADMIN))
    slow_people = ",".join(str(person) for person in slow.crowd.members)
    command = [*troubled, "--slow-people", slow_people] if slow_people else [*bot, "run"]
    async with run_bot(command, environment, world, folder / "bot.log"):
        outcome = await _drive(plan, world, others, [films, slow, hushed])
    await simulator.stop()
    kept = await export_answers(bot, environment, "load")
    outcome.findings += compare([others, films, slow, hushed], kept)
    outcome.log = (folder / "bot.log").read_text(encoding="utf-8").splitlines()
    return outcome


def _make_world() -> World:
    world = World(TOKEN, keep=64)
    world.upload_rate = UPLOAD_RATE
    world.files.are_kept = False  # twenty people's videos are gigabytes, and nobody downloads them
    world.add_person("Operator", id=ADMIN)
    return world


async def _drive(plan: Plan, world: World, others: Walkers, disturbers: list[Walkers]) -> Outcome:
    outcome = Outcome(people=plan.people)
    flood = Flood(world, plan.flood, f"/start load__{WALK}")
    walkers = [others, *disturbers]
    others.go()
    watch = Watch()
    length = measure_windows(plan.seconds) if plan.disturbers else plan.seconds
    with tqdm(total=round(length, 1), bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} s, {postfix}") as bar:
        if plan.disturbers:
            outcome.windows = await alternate(plan.seconds, bar, others, [*disturbers, flood])
        else:
            await live(bar, plan.seconds, others)
    outcome.seconds, outcome.generator = watch.read()
    outcome.steps = sum(one.crowd.actions for one in walkers)
    outcome.times = others.crowd.times
    await _finish(walkers, plan.think)
    outcome.stats = await read_stats(world, ADMIN)
    for one in walkers:
        outcome.findings += one.findings()
        one.crowd.end()
    return outcome


async def _finish(walkers: list[Walkers], think: float) -> None:
    """Nobody begins anything new; who is thinking says it yet, and everybody who waits is to get an answer."""
    for one in walkers:
        one.stopping = True
    await asyncio.sleep(2 * think)
    try:
        async with asyncio.timeout(END_SECONDS):
            while any(one.waiting() for one in walkers):  # noqa: ASYNC110 (their answers come from another process)
                await asyncio.sleep(0.05)
    except TimeoutError:
        return  # people who still wait are found by `findings`
