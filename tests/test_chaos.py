"""The bot is killed in the middle of everything, and no promise is broken; and the instrument that shows it can tell."""

import asyncio
import random
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from secantus import SecantusDBServer

from simulator.chaos.chaos import run_chaos
from simulator.chaos.check import Findings, check_walker, count_repeats
from simulator.chaos.diary import Diary
from simulator.chaos.people import EARLY, MISFITS, Answering, Walker
from simulator.chaos.plan import CUTS, SLOW, Size, make_plan
from simulator.chaos.process import Gap
from simulator.chaos.programme import Reply
from simulator.chaos.store import SqliteFaults
from simulator.world.world import World
from trials.faulty_store import Switches, read_switches

BOT = [sys.executable, str(Path(__file__).parents[1] / "bot.py")]
TROUBLED = [sys.executable, str(Path(__file__).parents[1] / "trials" / "run.py")]
ENDED = [sys.executable, "-c", "raise SystemExit(3)"]


def test_the_seed_replays_the_plan() -> None:
    size = Size(people=10, steps=5, kills=20, seed=7)
    assert make_plan(size) == make_plan(Size(people=10, steps=5, kills=20, seed=7))
    assert make_plan(size).kills != make_plan(Size(people=10, steps=5, kills=20, seed=8)).kills


def test_a_plan_kills_in_order_and_within_its_time() -> None:
    plan = make_plan(Size(people=10, steps=5, kills=20, seconds=30.0))
    moments = [kill.at for kill in plan.kills]
    assert len(moments) == 20 and moments == sorted(moments)
    assert moments[0] > 0 and moments[-1] < 30.0
    assert {"reset_after", "hang", "html", "duplicate_updates", "too_many_requests"} <= {one.kind for one in plan.troubles}


def test_the_database_has_its_troubles_one_after_the_other_and_loses_acknowledgements_all_the_time() -> None:
    plan = make_plan(Size(people=10, steps=5, kills=20, seconds=60.0, seed=7))
    cuts, *others = plan.store_troubles
    assert (cuts.kind, cuts.at, cuts.seconds) == ("cuts", 0.0, 57.0)
    assert {one.kind for one in others} == {"away", "full", "slow", "fails"}
    assert all(before.at + before.seconds < after.at for before, after in pairwise(others))
    assert others[-1].at + others[-1].seconds <= 57.0


@pytest.mark.parametrize(("faults", "telegram", "store"), [((), 0, 0), (("telegram",), 1, 0), (("store",), 0, 1)])
def test_only_the_chosen_faults_are_planned(faults: tuple[str, ...], telegram: bool, store: bool) -> None:
    plan = make_plan(Size(people=10, steps=5, kills=3, faults=faults))
    assert (bool(plan.troubles), bool(plan.store_troubles)) == (telegram, store)
    assert plan.kills == make_plan(Size(people=10, steps=5, kills=3)).kills


def test_sqlites_troubles_are_written_where_the_bot_looks(tmp_path: Path) -> None:
    faults = SqliteFaults(tmp_path)
    asyncio.run(faults.start())
    assert read_switches(Path(faults.arguments[1])) == Switches()
    for kind in ("cuts", "slow", "away"):
        faults.switch(kind, True)
    assert read_switches(Path(faults.arguments[1])) == Switches(away=True, cuts=CUTS, seconds=SLOW)
    for kind in ("cuts", "slow", "away"):
        faults.switch(kind, False)
    assert read_switches(Path(faults.arguments[1])) == Switches()


def test_a_process_whose_disk_is_full_can_write_no_byte_until_there_is_room(tmp_path: Path) -> None:
    """The one that begins while it is full can't either."""
    faults = SqliteFaults(tmp_path)
    code = "import sys\nfor line in sys.stdin:\n try:\n  open(sys.argv[1], 'ab', 0).write(b'x'); print('ok', flush=True)\n"
    code += " except OSError: print('full', flush=True)\n"
    faults.switch("full", True)
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "x")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin and process.stdout
        faults.begin(process.pid)
        said = []
        for full in (True, False, True):
            faults.switch("full", full)
            process.stdin.write("\n")
            said.append(process.stdout.readline().strip())
        process.stdin.close()
    assert said == ["full", "ok", "full"]


def test_a_wire_that_can_not_be_laid_is_told_of_before_anything_begins() -> None:
    with pytest.raises(ValueError, match="one server"):
        run_chaos(Size(people=1, steps=1, kills=0), BOT, TROUBLED, "mongodb://a:1,b:2/")


def test_four_kills_and_many_faults_break_no_promise(capsys: pytest.CaptureFixture[str]) -> None:
    status = run_chaos(Size(people=15, steps=12, kills=4, seconds=8.0, seed=1), BOT, TROUBLED)
    said = capsys.readouterr().out
    assert status == 0, said
    assert "15 people x 12 questions, 4 kills" in said
    assert said.rstrip().endswith("every promise was kept")


def test_two_kills_break_no_promise_on_mongodb_either(capsys: pytest.CaptureFixture[str]) -> None:
    server = SecantusDBServer(storage_path=":memory:", port=0)
    server.start()
    try:
        status = run_chaos(Size(people=6, steps=6, kills=2, seconds=3.0, seed=2), BOT, TROUBLED, server.uri)
    finally:
        server.stop()
    assert status == 0, capsys.readouterr().out


def test_a_bot_that_ends_by_itself_fails_the_run_whose_evidence_stays(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert (
        run_chaos(
            Size(people=1, steps=1, kills=1, seconds=5.0),
            ENDED,
            ENDED,
        )
        == 1
    )
    said = capsys.readouterr().out
    (folder,) = tmp_path.iterdir()
    assert "the bot ended by itself with status 3" in said and str(folder) in said
    assert "100001 types '/start chaos__walk'\n" in (folder / "diary.txt").read_text()


def test_a_diary_is_told_in_the_order_of_time(tmp_path: Path) -> None:
    diary, now = Diary(), time.perf_counter()
    diary.note(7, "types 'calm'", now + 1)
    diary.note("bot", "is killed", now)
    diary.write(tmp_path / "diary.txt")
    said = [line.split(" ", 2)[1:] for line in (tmp_path / "diary.txt").read_text().splitlines()]
    assert said == [["bot", "is killed"], ["7", "types 'calm'"]]


# --- what it can tell


@pytest.fixture
def walker() -> Walker:
    """Somebody who was asked two typed questions, answered both, and has come to the end."""
    one = Walker(World("1:token"), 0, random.Random(1), 2, lambda: 0.0)
    for number in (1, 2):
        one.copies[number, f"Question {number} of 2"].append(float(number))
        one.answers[number] = Answering(Reply((), f"{number}: calm", f"{number}: calm"), history=[f"{number}: calm"])
    one.is_finished = True
    return one


def row(number: int, value: Any, attempt: int = 1, run: int = 1) -> dict[str, Any]:
    return {"step": f"q{number}", "value": value, "attempt": attempt, "run": run}


GOOD = [row(1, "1: calm"), row(2, "2: calm")]


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        (GOOD, set()),
        (GOOD[:1], {"lost"}),
        ([*GOOD, row(2, "2: calm", attempt=2)], {"doubled"}),
        ([*GOOD, row(1, "1: calm", run=2)], {"doubled", "out of order"}),
        ([GOOD[0], row(2, "1: calm")], {"lost", "wrong message"}),
        ([GOOD[1], GOOD[0]], {"out of order"}),
    ],
)
def test_what_was_kept_is_held_against_what_was_said(walker: Walker, rows: list[dict[str, Any]], kinds: set[str]) -> None:
    findings = Findings()
    check_walker(walker, rows, findings)
    assert {name for name, lines in findings.by_name().items() if lines} == kinds


def test_a_press_that_telegram_dropped_is_made_again_once_the_question_is_shown_again(
    walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    pressed: list[str] = []
    monkeypatch.setattr(walker, "_later", lambda seconds, act: act())
    monkeypatch.setattr(walker, "_press", lambda answering, label: pressed.append(label))
    buttons = [[{"text": word, "callback_data": f"q:1.3:{word}"}] for word in ("Amber", "Blue", "Cyan", "Done")]
    shown = {"message_id": 7, "text": "Question 3 of 3", "reply_markup": {"inline_keyboard": buttons}}
    walker.number, walker.answers[3] = 3, Answering(Reply(("Amber", "Blue", "Done"), "", ["Amber", "Blue"]), is_done=True)
    walker.is_finished = False
    walker.hear(shown)
    assert pressed == ["Done"]
    walker.note_dropped("q:1.3:Blue")
    walker.hear(shown)
    walker.hear(shown)
    assert pressed == ["Done", "Blue", "Done", "Done"]


def test_words_that_did_not_fit_because_other_was_dropped_are_typed_again(walker: Walker, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(walker, "_later", lambda seconds, act: act())
    monkeypatch.setattr(walker, "_press", lambda answering, label: done.append(label))
    monkeypatch.setattr(walker._world, "say", lambda person, words: done.append(words) or len(done))
    other = Answering(Reply(("Other",), "3: own", "3: own"), buttons={"Other": "q:1.3:other"}, typed=[7], is_done=True)
    walker.number, walker.answers[3], walker.is_finished = 3, other, False
    walker.note_dropped("q:1.3:other")
    for _ in range(2):
        walker.hear({"message_id": 8, "text": "Please choose one of the buttons."})
    assert done == ["Other", "3: own"]
    assert len(walker.wrong) == 1  # nothing was dropped the second time


def test_a_changed_answer_is_kept_beside_the_one_that_it_replaces(walker: Walker) -> None:
    walker.answers[1].history.append("1: other")
    findings = Findings()
    check_walker(walker, [row(1, "1: calm"), row(1, "1: other", attempt=2), row(2, "2: calm")], findings)
    assert findings.lines() == []
    check_walker(walker, GOOD, findings)
    assert len(findings.lost) == 1


def test_who_never_heard_the_end_was_left_in_silence(walker: Walker) -> None:
    walker.is_finished = False
    findings = Findings()
    check_walker(walker, GOOD, findings)
    assert len(findings.left_in_silence) == 1


@pytest.mark.parametrize(
    ("gaps", "ambiguous", "allowed"),
    [
        ([], [], False),
        ([Gap(1.2, 1.3)], [], True),
        ([Gap(0.9, 1.1)], [], True),  # a call of the killed process arrived after it
        ([Gap(0.5, 0.9)], [], False),
        ([Gap(2.1, 2.3)], [], False),
        ([], [0.99], True),
        ([], [2.5], False),
    ],
)
def test_a_repeat_needs_a_kill_or_a_lost_answer_between_its_copies(
    walker: Walker, gaps: list[Gap], ambiguous: list[float], allowed: bool
) -> None:
    walker.copies[1, "Question 1 of 2"].append(2.0)
    findings = Findings()
    assert count_repeats(walker, gaps, ambiguous, findings) == 1
    assert (findings.too_many_repeats == []) == allowed


@pytest.mark.parametrize(("times", "repeats"), [(2, 0), (3, 1), (4, 2)])
@pytest.mark.parametrize("words", [f"{EARLY} Please answer.", f"{MISFITS[0]}, like 7."])
def test_each_of_two_messages_that_were_no_answer_is_told_so_once(walker: Walker, words: str, times: int, repeats: int) -> None:
    """Two were written beside the first answer, which was taken; the second question is answered by a message of its own."""
    walker.answers[1].typed[:] = [1, 2, 3]
    walker.answers[2].typed[:] = [4]
    walker.copies[2, words] = [float(moment) for moment in range(times)]
    findings = Findings()
    assert count_repeats(walker, [], [], findings) == repeats
    assert len(findings.too_many_repeats) == repeats


@pytest.mark.parametrize(("is_misfit", "repeats"), [(False, 1), (True, 0)])
def test_who_wrote_nothing_beside_the_answers_is_told_once(walker: Walker, is_misfit: bool, repeats: int) -> None:
    walker.answers[1].typed[:], walker.answers[2].typed[:] = [1], [2, 3]
    walker.answers[2].is_misfit = is_misfit
    walker.copies[2, f"{EARLY} Please answer."] = [1.0, 2.0]
    assert count_repeats(walker, [], [], Findings()) == repeats


def test_one_kill_is_no_reason_for_two_repeats(walker: Walker) -> None:
    walker.copies[1, "Question 1 of 2"].append(2.5)
    walker.copies[2, "Question 2 of 2"].append(3.0)
    findings = Findings()
    assert count_repeats(walker, [Gap(2.1, 2.2)], [], findings) == 2
    assert len(findings.too_many_repeats) == 1
