"""The bot is killed while people live through days with reminders, and nobody gets one too many or too few."""

import sys
from pathlib import Path

import pytest

from simulator.days.days import Stay, run_days

BOT = [sys.executable, str(Path(__file__).parents[1] / "bot.py")]
TROUBLED = [sys.executable, str(Path(__file__).parents[1] / "trials" / "run.py")]
ENDED = [sys.executable, "-c", "raise SystemExit(3)"]


def test_two_days_and_two_kills_break_no_promise(capsys: pytest.CaptureFixture[str]) -> None:
    status = run_days(Stay(people=4, days=2, kills=2, seed=1), BOT, TROUBLED)
    said = capsys.readouterr().out
    assert status == 0, said
    assert "4 people, 2 days, 2 kills" in said
    assert said.rstrip().endswith("every promise was kept")


def test_a_bot_that_ends_by_itself_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run_days(
            Stay(people=1, days=1, kills=0),
            ENDED,
            ENDED,
        )
        == 1
    )
    assert "the bot ended by itself with status 3" in capsys.readouterr().out
