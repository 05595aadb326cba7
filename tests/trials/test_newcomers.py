"""`load --rush` and `--strangers`: whoever comes is answered, and leaves nothing in memory."""

import sys
from collections.abc import Callable

import pytest

from simulator.load import newcomers as load_newcomers
from tests.process import BOT

COMMAND = [sys.executable, BOT]
AT_REST = "updates under way 1, chats being written to 0"  # the one is /stats itself


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str], is_full: bool) -> Callable[[], str]:
    """What was printed; figures at full size are shown."""

    def read() -> str:
        out = capfd.readouterr().out
        if is_full:
            with capfd.disabled():
                print(f"\n{out}")
        return out

    return read


def test_all_who_come_at_once_are_answered(
    size: Callable[[int, int], int], is_full: bool, monkeypatch: pytest.MonkeyPatch, said: Callable[[], str]
) -> None:
    if not is_full:
        monkeypatch.setattr(load_newcomers, "RUSH_SECONDS", 1.0)
    status = load_newcomers.run_rush(size(100, 10_000), COMMAND)
    out = said()
    assert status == 0, out
    assert AT_REST in out


def test_who_came_and_went_leaves_nothing(size: Callable[[int, int], int], said: Callable[[], str]) -> None:
    status = load_newcomers.run_strangers(size(150, 100_000), COMMAND)
    out = said()
    assert status == 0, out
    assert AT_REST in out
