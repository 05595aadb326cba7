"""What one step costs, in counts and not in seconds: a change that makes every step dearer shows here, on any machine.

The real bot runs in this process, with SQLite and a Telegram that answers at once, and leads fifty people through the ten questions
of `bench/programmes`, one question of everybody at a time. Counted are Python function calls (also each time a coroutine goes on)
and bytecode instructions of ours in the thread of the event loop, writes, commits, calls to Telegram, and the allocations that
stay, per update.

When `test_calls_per_step` fails, look at the list that it prints: the functions that were called most, per update. Is something
called that was not before, or once a person, an item, a word where once a step would do? Put it right if you can. If the step is
worth the price (it does more than before), set the bound to about 15 % above the new figure, and say in the commit what the
calls are for; `make bench` tells what they cost in time. The same goes for instructions. When a test of writes or of calls to
Telegram fails, that is a round trip for every answer of everybody, so it is hardly ever right to change the figure. What stays
in memory of a step is a leak, however little it is. docs/performance.md has more.
"""

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import aiohttp
import pydantic
import pytest
import telegram
import telegramify_markdown

from authoring.load import load_programmes
from bot import read_programmes
from database.connect import make_store
from database.store import Store
from flow.programme import Programme
from handlers.service import Service
from tests.crowd import PEOPLE, PROGRAMMES, QUESTIONS, UPDATES, Crowd, crowd_at_work
from utils.performance import performance_monitor
from utils.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
OURS = tuple(f"{ROOT / folder}/" for folder in ("handlers", "flow", "database", "media", "utils"))
LIBRARIES = tuple(f"{Path(str(one.__file__)).parent}/" for one in (telegram, aiohttp, pydantic, telegramify_markdown))

MOST_OWN_CALLS = 225  # per update; 202 when this was written
MOST_LIBRARY_CALLS = 1  # per update; none when this was written


class CallCounter:
    """Counts calls of Python functions by the files they stand in, in this thread, while it is on."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        self.counts: Counter[CodeType] = Counter()
        self._folders = folders
        self._is_counted: dict[CodeType, bool] = {}

    def __enter__(self) -> "CallCounter":
        sys.setprofile(self._note)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, argument: object) -> None:
        if event != "call":
            return
        code = frame.f_code
        counted = self._is_counted.get(code)
        if counted is None:
            counted = self._is_counted[code] = code.co_filename.startswith(self._folders)
        if counted:
            self.counts[code] += 1

    def per_update(self, folders: tuple[str, ...]) -> float:
        """Calls in these folders."""
        return sum(count for code, count in self.counts.items() if code.co_filename.startswith(folders)) / UPDATES

    def describe(self) -> str:
        """The functions called most."""
        lines = [
            f"{count / UPDATES:8.2f}  {code.co_filename.rpartition('/')[2]}:{code.co_firstlineno} {code.co_qualname}"
            for code, count in self.counts.most_common(60)
        ]
        return "\n".join(["calls per update", *lines])


class InstructionCounter:
    """Counts bytecode instructions of ours, in this thread, while it is on: what goes on inside of a function, too."""

    def __init__(self) -> None:
        self.count = 0
        self._is_ours: dict[CodeType, bool] = {}

    def __enter__(self) -> "InstructionCounter":
        sys.settrace(self._begin)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(None)

    def _begin(self, frame: FrameType, event: str, argument: object) -> Any:
        ours = self._is_ours.get(frame.f_code)
        if ours is None:
            ours = self._is_ours[frame.f_code] = frame.f_code.co_filename.startswith(OURS)
        frame.f_trace_opcodes, frame.f_trace_lines = ours, False
        return self._note if ours else None

    def _note(self, frame: FrameType, event: str, argument: object) -> Any:
        self.count += event == "opcode"
        return self._note


@pytest.fixture
async def crowd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Crowd]:
    """The bot at work on SQLite."""
    settings, store, programmes = await asyncio.to_thread(_prepare, tmp_path)
    async with crowd_at_work(Service(settings, store, programmes, partial(read_programmes, PROGRAMMES)), monkeypatch) as crowd:
        yield crowd


def _prepare(folder: Path) -> tuple[Settings, Store, dict[str, Programme]]:
    """What `python bot.py` does before its loop begins."""
    environ = {"BOT_TOKEN": "1:token", "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}", "DATA_DIR": str(folder)}
    settings = load_settings(environ, None)
    return settings, make_store(settings.database_url, mongo_db=""), load_programmes(PROGRAMMES).programmes


async def test_calls_per_step(crowd: Crowd) -> None:
    """A step calls no more functions than it did, neither of ours nor of the libraries it goes through."""
    with CallCounter((*OURS, *LIBRARIES)) as counter:
        await crowd.walk()
    own, foreign = counter.per_update(OURS), counter.per_update(LIBRARIES)
    print(f"{own:.1f} calls of our own and {foreign:.1f} in libraries per update")
    assert own <= MOST_OWN_CALLS, counter.describe()
    assert foreign <= MOST_LIBRARY_CALLS, counter.describe()


async def test_writes_per_step(crowd: Crowd) -> None:
    """A turn is written once, with all that was sent before; whoever is in memory needs no write besides; nothing is read again."""
    commits = crowd.service.store.commits
    await crowd.walk()
    counts = {name: stats["count"] for name, stats in performance_monitor.get_stats().items() if name.startswith("database.")}
    assert counts == {"database.save_person": UPDATES}
    assert crowd.service.store.commits - commits <= UPDATES / 2


async def test_calls_to_telegram_per_step(crowd: Crowd) -> None:
    """One message an update; a press is acknowledged and its keyboard taken away, words cost no call more."""
    await crowd.walk()
    presses = PEOPLE * QUESTIONS // 2
    assert crowd.telegram.calls == {"sendMessage": UPDATES, "answerCallbackQuery": presses, "editMessageText": presses}


MOST_INSTRUCTIONS = 6_150  # per update; 5,500 when this was written


async def test_instructions_per_step(crowd: Crowd) -> None:
    """No function that is called has become longer: a loop over all people or all steps calls nothing, and shows here."""
    with InstructionCounter() as counter:
        await crowd.walk()
    print(f"{counter.count / UPDATES:.0f} bytecode instructions of our own per update")
    assert counter.count / UPDATES <= MOST_INSTRUCTIONS


MOST_KEPT = 5.0  # allocations per update; -2 to 1 when this was written, while one forgotten update has thirty
WALKS = 3


async def test_no_step_leaves_anything_in_memory(crowd: Crowd) -> None:
    """Of several walks the one that left least counts: a cache that fills or a list that doubles does so now and then."""
    kept = []
    for _ in range(WALKS):
        gc.collect()
        before = sys.getallocatedblocks()
        await crowd.walk()
        crowd.telegram.sent = []
        gc.collect()
        kept.append((sys.getallocatedblocks() - before) / UPDATES)
    print(f"{min(kept):.1f} allocations stay per update")
    assert min(kept) <= MOST_KEPT
