"""`python bot.py chaos`: people walk through a programme while the bot is killed again and again and Telegram has its troubles.

The bot is a process of its own, with a database of its own. At the end everything that a person said is compared with what was
kept. Every message that came twice is compared with the reasons for it. The seed gives the same plan again. When a promise was
broken, the folder of the run stays to be looked into: the database, the bot's log, the answers, and a diary of everybody.
"""

import asyncio
import contextlib
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulator.actors.bot_process import ExportFailed, export_answers, make_environment
from simulator.bot_api.server import Simulator
from simulator.chaos.check import Findings, check_walker, count_repeats, read_rows
from simulator.chaos.diary import Diary
from simulator.chaos.faults import NotedFaults, play
from simulator.chaos.people import Party
from simulator.chaos.plan import Plan, Size, make_plan
from simulator.chaos.process import COMPLAINT, LATE, BotEnded, BotProcess
from simulator.chaos.programme import NAME, write_programme
from simulator.chaos.store import MongoFaults, SqliteFaults, StoreFaults, play_store
from simulator.world.world import World

TOKEN = "1000003:chaos_token_of_the_simulated_telegram"
SILENCE_SECONDS = 30.0  # without a word to anybody after which who still waits was left in silence
KEPT_MESSAGES = 1024  # of each chat
DIARY = "diary.txt"
SHOWN = 5  # findings of each kind that are printed


@dataclass(slots=True)
class Outcome:
    """The outcome of a run."""

    plan: Plan
    seconds: float = 0.0
    answers: int = 0
    faults: int = 0
    ambiguous: int = 0
    dropped: int = 0
    repeats: int = 0
    longest_silence: float = 0.0
    findings: Findings = field(default_factory=Findings)
    diary: Diary = field(default_factory=Diary)


def run_chaos(size: Size, bot: Sequence[str], troubled: Sequence[str], mongo_uri: str = "") -> int:
    """Run it and print what came of it; 0 when every promise was kept, else 1. `bot` is the command of
    `bot.py`, `troubled` the one that starts the bot with troubles.

    On SQLite, or in a database of its own on the MongoDB server at `mongo_uri`. Raises ValueError when faults on the wire to that
    server are wanted and its address allows none.
    """
    plan = make_plan(size)
    troubles = len(plan.troubles) + len(plan.store_troubles)
    words = f"{len(plan.kills)} kills and {troubles} troubles within {size.duration:.0f} s, then the rest of the way"
    with _folder_of_run() as folder:
        faults = _make_store_faults(size, folder, mongo_uri)
        print(words, file=sys.stderr, flush=True)
        outcome = asyncio.run(_run(plan, bot, troubled, folder, faults, mongo_uri))
        print_outcome(outcome)
        if outcome.findings.lines():
            _keep_evidence(folder, outcome)
            return 1
    return 0


@contextlib.contextmanager
def _folder_of_run() -> Iterator[Path]:
    """It goes, unless evidence was laid there."""
    folder = Path(tempfile.mkdtemp(prefix="waymark-chaos-"))
    try:
        yield folder
    finally:
        if not (folder / DIARY).exists():
            shutil.rmtree(folder)


def _keep_evidence(folder: Path, outcome: Outcome) -> None:
    outcome.diary.write(folder / DIARY)
    print(f"The run's diary ({DIARY}), its database, answers and the bot's log stay in {folder}")


def _make_store_faults(size: Size, folder: Path, mongo_uri: str) -> StoreFaults | None:
    if "store" not in size.faults:
        return None
    return MongoFaults(mongo_uri, size.seed) if mongo_uri else SqliteFaults(folder)


async def _run(
    plan: Plan, bot: Sequence[str], troubled: Sequence[str], folder: Path, store: StoreFaults | None, mongo_uri: str
) -> Outcome:
    size, outcome = plan.size, Outcome(plan)
    write_programme(folder / "programmes", size.steps)
    world = World(TOKEN, keep=KEPT_MESSAGES, seed=size.seed)
    world.subscribe(outcome.diary.hear)
    world.faults = faults = NotedFaults(size.seed, outcome.diary)
    simulator = Simulator(world)
    await simulator.start()
    if store is not None:
        await store.start()
    arguments, uri = (store.arguments, store.uri) if store else ([], mongo_uri)
    environment = make_environment("chaos", TOKEN, simulator.url, folder) | {"MONGO_URI": uri}
    party = Party(world, size.people, size.steps, plan.think, size.seed, outcome.diary)
    started = store.begin if store else lambda _pid: None
    command = [*troubled, *arguments]
    process = BotProcess(command, environment, folder / "bot.log", lambda: world.calls["getupdates"], started)
    begun = time.perf_counter()
    try:
        await _live(plan, party, process, faults, store, outcome)
    finally:
        party.end()
        await process.stop()
        await simulator.stop()
    outcome.seconds = time.perf_counter() - begun
    kept = await _export(bot, environment, outcome)
    (folder / "answers.jsonl").write_bytes(kept)
    if store is not None:
        await store.stop()
    _judge(outcome, party, process, faults, kept)
    return outcome


async def _export(bot: Sequence[str], environment: Mapping[str, str], outcome: Outcome) -> bytes:
    try:
        return await export_answers(bot, environment, NAME, "--all")
    except ExportFailed as error:
        outcome.findings.bot.append(str(error))
        return b""


async def _live(
    plan: Plan, party: Party, process: BotProcess, faults: NotedFaults, store: StoreFaults | None, outcome: Outcome
) -> None:
    """The time of kills and faults, then all goes well until everybody has come to the end."""
    await process.start()
    party.begin()
    playing = [play(faults, plan.troubles, list(party.walkers))]
    if store is not None:
        playing.append(play_store(store, plan.store_troubles, outcome.diary))
    trouble = asyncio.gather(*playing)
    try:
        await process.play(plan.kills)
        await trouble
        watch = asyncio.create_task(process.watch())
        finish = asyncio.create_task(party.finish(SILENCE_SECONDS))
        await asyncio.wait((watch, finish), return_when=asyncio.FIRST_COMPLETED)
        for task in (watch, finish):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch
    except BotEnded as error:
        outcome.findings.bot.append(str(error))
    finally:
        trouble.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await trouble


def _judge(outcome: Outcome, party: Party, process: BotProcess, faults: NotedFaults, kept: bytes) -> None:
    rows = read_rows(kept)
    for walker in party.walkers.values():
        check_walker(walker, rows.get(walker.id, []), outcome.findings)
        outcome.repeats += count_repeats(walker, process.gaps, faults.ambiguous[walker.id], outcome.findings)
        outcome.longest_silence = max(outcome.longest_silence, walker.longest_silence)
    for gap in process.gaps:
        outcome.diary.note("bot", "is killed", gap.killed)
        outcome.diary.note("bot", "is started again", gap.over - LATE)
    outcome.findings.bot += [line for line in process.log_lines() if COMPLAINT.search(line)]
    outcome.answers = sum(map(len, rows.values()))
    outcome.dropped = party.dropped
    outcome.faults, outcome.ambiguous = faults.total, sum(map(len, faults.ambiguous.values()))


def print_outcome(outcome: Outcome) -> None:
    """To standard output."""
    size, findings = outcome.plan.size, outcome.findings
    print(f"seed             {size.seed}: {size.people} people x {size.steps} questions, {size.kills} kills")
    print(f"took             {outcome.seconds:.1f} s, {outcome.answers:,} answers are kept")
    kinds = Counter(trouble.kind for trouble in outcome.plan.store_troubles)
    print(f"database         {', '.join(f'{kind} {count}' for kind, count in sorted(kinds.items())) or 'no troubles'}")
    print(f"faults           {outcome.faults:,} calls, {outcome.ambiguous} of them arrived although their answer was lost")
    print(f"dropped          {outcome.dropped} presses, by Telegram after 150 s")
    for name, lines in findings.by_name().items():
        print(f"{name:<17}{len(lines)}")
    print(f"repeats          {outcome.repeats}: {outcome.repeats / max(1, size.kills):.2f} a kill")
    print(f"longest silence  {outcome.longest_silence:.1f} s")
    print("every promise was kept" if not findings.lines() else f"{len(findings.lines())} BROKEN PROMISES")
    for name, lines in findings.by_name().items():
        print(*(f"  {name}: {line}" for line in lines[:SHOWN]), sep="\n", end="\n" if lines else "")
