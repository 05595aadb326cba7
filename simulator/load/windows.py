"""Windows of time in which people are undisturbed and disturbed, by turns: what the machine does beside it harms both."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, quantiles
from typing import Any

from tqdm import tqdm

from simulator.load.flood import Flood
from simulator.load.walk import Walkers

WINDOW_SECONDS = 2.5
WARMUP_SECONDS = 3.0  # before the first one: people who have just come cost more
SETTLE_SECONDS = 0.3  # between the last answer to a disturber and the next window
LAST_ANSWER_SECONDS = 60.0  # for the disturbers' last answers: twenty videos take twenty, four at once
FEWEST = 20  # times in a window that has a 95th percentile


class Watch:
    """How long something takes, and how much of a core this process uses for it."""

    def __init__(self) -> None:
        self._begun, self._used = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """(seconds, cores)."""
        seconds = time.perf_counter() - self._begun
        return seconds, (time.process_time() - self._used) / seconds


@dataclass(frozen=True, slots=True)
class Windows:
    """The others' times to the next question in seconds, window by window; the undisturbed ones are one more."""

    quiet: list[list[float]]
    disturbed: list[list[float]]

    @property
    def changes(self) -> list[float]:
        """p95 in each disturbed window by the mean of its two quiet neighbours."""
        quiet = [p95(times) for times in self.quiet]
        around = [(before + after) / 2 for before, after in pairwise(quiet)]
        return [p95(times) / idle for times, idle in zip(self.disturbed, around, strict=True)]

    @property
    def change(self) -> float:
        """The median of them: a window in which the machine did something else does not count."""
        return median(self.changes)


def p95(times: list[float]) -> float:
    """Seconds; not a number when there are too few to tell."""
    return quantiles(times, n=100)[94] if len(times) >= FEWEST else float("nan")


def measure_windows(seconds: float) -> float:
    """How long `alternate` takes in all, the disturbers' last answers not counted; seconds."""
    return WARMUP_SECONDS + (2 * _count_pairs(seconds) + 1) * WINDOW_SECONDS


def _count_pairs(seconds: float) -> int:
    return max(1, round(seconds / (2 * WINDOW_SECONDS)))


async def alternate(seconds: float, bar: "tqdm[Any]", others: Walkers, disturbers: Sequence[Walkers | Flood]) -> Windows:
    """As many pairs of windows as fit into so many seconds, at least one."""
    await live(bar, WARMUP_SECONDS, others)
    windows = Windows([await _look(bar, others)], [])
    for _ in range(_count_pairs(seconds)):
        for one in disturbers:
            one.go()
        windows.disturbed.append(await _look(bar, others))
        for one in disturbers:
            one.rest()
        await _settle(disturbers)
        windows.quiet.append(await _look(bar, others))
    return windows


async def _look(bar: "tqdm[Any]", others: Walkers) -> list[float]:
    """The times of one window."""
    before = len(others.crowd.times)
    await live(bar, WINDOW_SECONDS, others)
    return others.crowd.times[before:]


async def _settle(disturbers: Sequence[Walkers | Flood]) -> None:
    """Until the bot has done all that the disturbers have asked of it. People who wait too long are found at the end."""
    try:
        async with asyncio.timeout(LAST_ANSWER_SECONDS):
            while any(one.waiting() for one in disturbers):  # noqa: ASYNC110 (another process answers)
                await asyncio.sleep(0.05)
    except TimeoutError:
        return
    await asyncio.sleep(SETTLE_SECONDS)


async def live(bar: "tqdm[Any]", seconds: float, walkers: Walkers) -> None:
    """Let so much time pass, and tell how it goes."""
    until, watch, before = time.perf_counter() + seconds, Watch(), walkers.crowd.actions
    while (left := until - time.perf_counter()) > 0:
        await asyncio.sleep(min(left, 1.0))
        bar.set_postfix_str(f"{(walkers.crowd.actions - before) / watch.read()[0]:,.0f} steps/s", refresh=False)
        bar.update(min(1.0, left))
