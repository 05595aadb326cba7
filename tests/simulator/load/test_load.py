"""The load: who disturbs whom, and what is said of it."""

import asyncio
import math
import sys
from pathlib import Path

import orjson
import pytest

from authoring.load import load_programmes
from simulator.load import windows as load_windows
from simulator.load.flood import Flood
from simulator.load.isolation import CASES, is_kept
from simulator.load.load import measure_load
from simulator.load.plan import Plan
from simulator.load.report import Outcome, print_outcome
from simulator.load.walk import STEPS, VIDEO_BYTES, WALK, Walkers, write_programme
from simulator.load.windows import Windows, p95
from simulator.world.world import World

TOKEN = "1:token"
BOT = [sys.executable, str(Path(__file__).parents[3] / "bot.py")]
TROUBLED = [sys.executable, str(Path(__file__).parents[3] / "trials" / "run.py")]


def spread(scale):
    """A window's times with a 95th percentile of about `scale`."""
    return [scale * place / 95 for place in range(1, 101)]


def test_a_slow_window_counts_by_its_neighbours():
    """A machine that gets slower by the minute changes nothing; one bad window does not either."""
    windows = Windows([spread(1), spread(2), spread(4), spread(8)], [spread(1.5), spread(3), spread(60)])
    assert windows.changes == pytest.approx([1.0, 1.0, 10.0])
    assert windows.change == pytest.approx(1.0)
    assert math.isnan(p95([0.1] * 5))


@pytest.mark.parametrize(
    ("disturbed", "findings", "kept"),
    [(spread(1.1), [], True), (spread(1.3), [], False), (spread(1.0), ["lost"], False), ([0.1], [], False)],
    ids=["within a fifth", "slowed", "something lost", "too few to tell"],
)
def test_when_isolation_is_kept(disturbed, findings, kept):
    outcome = Outcome(people=3, windows=Windows([spread(1), spread(1)], [disturbed]), findings=findings)
    assert is_kept(outcome) is kept


def test_the_cases_are_those_that_are_promised():
    """A flood; one and twenty with 20 MB videos; one and twenty with a slow store; a chat that Telegram slows down."""
    assert sorted(tuple(one.items()) for one in CASES.values()) == [
        (("flood", 1),),
        (("hushed", 1),),
        (("slow", 1),),
        (("slow", 20),),
        (("videos", 1),),
        (("videos", 20),),
    ]


def test_no_video_comes_twice_and_none_takes_room(tmp_path):
    """Else its file_id would save the upload, or gigabytes would be written."""
    write_programme(tmp_path, films=2)
    videos = [path.stat() for path in (tmp_path / "load" / "media").iterdir()]
    assert [one.st_size for one in videos] == [VIDEO_BYTES] * 2 * STEPS
    assert sum(one.st_blocks * 512 for one in videos) < VIDEO_BYTES
    assert len({path.read_bytes()[:64] for path in (tmp_path / "load" / "media").iterdir()}) == 2 * STEPS
    assert not load_programmes(tmp_path).findings


class Asker:
    """Asks the load's questions; within the process, so that only its people are tested. `asked`: person -> the latest one."""

    def __init__(self, world):
        self.world, self.asked, self._offset = world, {}, 0

    async def answer(self, until):
        """Everything that is said, until the function says that it is enough."""
        while not until():
            for body in await self.world.updates.poll(self._offset, 100, 0):
                update = orjson.loads(body)
                self._offset = update["update_id"] + 1
                person = (update.get("callback_query") or update["message"])["from"]["id"]
                number = self.asked[person] = self.asked.get(person, 0) + 1
                keyboard = {"reply_markup": {"inline_keyboard": [[{"text": "Red", "callback_data": "r"}]]}} if number % 2 else {}
                self.world.post(self.world.chat(person), {"text": f"Step {number} of {STEPS}"} | keyboard)
            await asyncio.sleep(0)


async def test_who_rests_goes_on_where_they_were():
    """Nothing is answered meanwhile, nobody acts twice, and nobody is left out."""
    world = World(TOKEN)
    asker, walkers = Asker(world), Walkers(world, 3, [WALK], seed=1, think=0.0)

    def have_all_come_to(question):
        return len(asker.asked) == 3 and min(asker.asked.values()) >= question

    walkers.go()
    await asker.answer(lambda: have_all_come_to(2))
    walkers.rest()
    await asker.answer(lambda: not walkers.waiting())
    rested, actions = dict(asker.asked), walkers.crowd.actions
    for _ in range(20):
        await asyncio.sleep(0)
    assert walkers.crowd.actions == actions and asker.asked == rested
    walkers.go()
    await asker.answer(lambda: have_all_come_to(STEPS - 2))
    walkers.rest()
    await asker.answer(lambda: not walkers.waiting())
    assert walkers.crowd.actions == sum(asker.asked.values())
    assert not walkers.findings()


async def test_a_flood_ends_where_it_is_told_to():
    """It waits until the bot has taken all of it in."""
    world = World(TOKEN)
    flood = Flood(world, 1, "/start here")
    flood.go()
    while len(world.updates) < 3:
        await asyncio.sleep(0.01)
    flood.rest()
    await asyncio.sleep(0)
    written = len(world.updates)
    texts = [orjson.loads(update.body)["message"]["text"] for update in world.updates.waiting()]
    assert texts[0] == "/start here" and all(text.startswith("flood ") for text in texts[1:])
    assert flood.waiting()
    await asyncio.sleep(0.05)
    assert len(world.updates) == written
    await world.updates.poll(world.updates.next_id, 100, 0)
    assert not flood.waiting()


def test_all_kinds_of_disturbers_beside_the_real_bot(monkeypatch, capsys):
    """Everybody's answers are kept, and the report tells of everything."""
    monkeypatch.setattr(load_windows, "WINDOW_SECONDS", 1.0)
    monkeypatch.setattr(load_windows, "WARMUP_SECONDS", 0.5)
    outcome = measure_load(Plan(people=12, seconds=1.0, videos=2, slow=1, flood=1, hushed=1, think=0.1), BOT, TROUBLED)
    assert outcome is not None
    assert outcome.is_clean, (outcome.findings, outcome.errors)
    assert len(outcome.windows.quiet) == 2 and len(outcome.windows.disturbed) == 1
    print_outcome(outcome)
    shown = capsys.readouterr().out
    for words in ("everyone else   p95", "longest block", "load generator", "all well"):
        assert words in shown
