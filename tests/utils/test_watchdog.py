"""Who blocks the event loop is named, once, with how long."""

import asyncio
import logging
import re
import threading
import time

import pytest

from utils import watchdog as module
from utils.watchdog import Watchdog, describe_stack


@pytest.fixture
async def watchdog(caplog):
    """A quick one, running."""
    caplog.set_level(logging.WARNING, "waymark.watchdog")
    found = Watchdog(asyncio.get_running_loop(), threshold=0.05)
    found.start()
    yield found
    found.stop()


def hold_everything_up(seconds):
    time.sleep(seconds)


async def test_a_block_is_told_once_with_its_length_and_who_it_was(watchdog, caplog):
    """The line of the code that blocked is in the stack."""
    await asyncio.sleep(0.01)
    hold_everything_up(0.4)
    await asyncio.sleep(0.1)
    lines = [line for line in caplog.messages if "hold_everything_up" in line]
    assert len(lines) == 1
    assert re.match(r"The event loop was blocked for \d+\.\d\d s by:\n", lines[0])
    assert "time.sleep(seconds)" in lines[0]
    assert watchdog.longest > 0.3
    watchdog.reset()
    assert watchdog.longest == 0.0


async def test_the_longest_stays_and_the_lag_is_the_last(watchdog):
    """After a block the next beats are on time again."""
    await asyncio.sleep(0.01)
    hold_everything_up(0.3)
    while watchdog.longest < 0.2 or watchdog.lag() > 0.2:  # ends at the first beat on time; the suite's time-out else
        await asyncio.sleep(0.01)
    assert watchdog.longest > 0.2


async def test_a_block_that_is_worth_no_line_counts_as_the_longest(caplog):
    """So that /stats can tell that nothing held the loop up for longer."""
    watchdog = Watchdog(asyncio.get_running_loop(), threshold=3.0)  # a beat every 0.6 s
    watchdog.start()
    hold_everything_up(1.0)
    await asyncio.sleep(0.01)
    watchdog.stop()
    assert watchdog.longest > 0.3
    assert not caplog.messages


async def test_a_block_that_does_not_end_is_told_while_it_lasts(watchdog, caplog, monkeypatch):
    """It may never be over."""
    monkeypatch.setattr(module, "HANGING_SECONDS", 0.15)
    await asyncio.sleep(0.01)
    hold_everything_up(0.5)
    still = [line for line in caplog.messages if "still is" in line]
    assert len(still) == 1
    assert "hold_everything_up" in still[0]


async def test_starting_and_stopping_twice_is_nothing(watchdog):
    """And no thread is left."""
    watchdog.start()
    assert [thread.name for thread in threading.enumerate()].count("watchdog") == 1
    watchdog.stop()
    watchdog.stop()
    assert "watchdog" not in [thread.name for thread in threading.enumerate()]
    watchdog.start()
    assert [thread.name for thread in threading.enumerate()].count("watchdog") == 1


def test_a_thread_that_is_gone():
    """Has no stack."""
    assert describe_stack(None) == "  (its thread is gone)"
