"""From cells to figures: medians over the rounds, ratios within a round, goals."""

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MEDIANS = ("steps_s", "p50", "p99", "cpu_ms_step", "main_ms_step", "kernel_ms_step", "rss_mb", "server_cpu", "others")
SPOILT_BURSTS = ("bursts_reordered", "bursts_lost_update", "bursts_store_order", "bursts_missing_reply")
Cell = Mapping[str, Any]
Key = tuple[str, int, str]  # scenario, people, contestant


@dataclass(frozen=True)
class Figures:
    """Medians of one contestant's rounds; milliseconds, megabytes. None where nothing was counted."""

    steps_s: float | None
    p50: float | None
    p99: float | None
    cpu_ms: float | None
    main_ms: float | None  # of it in the main thread, that of the event loop
    kernel_ms: float | None  # of it in the kernel: network and disk
    rss_mb: float | None
    server_cpu: float | None
    others: float | None
    violations: int
    api_errors: int
    limits: frozenset[str]  # "server", "database", "others": what kept it from more steps a second
    rounds: int


class Results:
    """All cells of a run."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self.cells = list(cells)
        self._by_key: dict[Key, list[Cell]] = {}
        for cell in self.cells:
            self._by_key.setdefault((cell["scenario"], cell["people"], cell["name"]), []).append(cell)

    @property
    def groups(self) -> dict[tuple[str, int], list[str]]:
        """(scenario, people) -> contestants, as they were run."""
        groups: dict[tuple[str, int], list[str]] = {}
        for scenario, people, name in self._by_key:
            groups.setdefault((scenario, people), []).append(name)
        return groups

    def find(self, scenario: str, people: int, name: str) -> Figures | None:
        """None for what was not measured."""
        cells = self._by_key.get((scenario, people, name))
        if not cells:
            return None
        return Figures(
            *(_median(cell.get(key) for cell in cells) for key in MEDIANS),
            violations=sum(cell["violations"] for cell in cells),
            api_errors=sum(cell["api_errors"] for cell in cells),
            limits=frozenset(cell["limit"] for cell in cells if cell["limit"]),
            rounds=len(cells),
        )

    def ratio(self, scenario: str, people: int, key: str, over: str, under: str) -> float | None:
        """The median over the rounds of one contestant's figure divided by another's of the same round."""
        divisors = {cell["round"]: cell[key] for cell in self._list_counted(scenario, people, under)}
        cells = [cell for cell in self._list_counted(scenario, people, over) if cell["round"] in divisors]
        return _median(cell[key] / divisors[cell["round"]] for cell in cells)

    def _list_counted(self, scenario: str, people: int, name: str) -> list[Cell]:
        """Cells with enough steps for a ratio."""
        return [cell for cell in self._by_key.get((scenario, people, name), ()) if cell["cpu_ms_step"]]

    def bursts(self, people: int, name: str) -> dict[str, int]:
        """Sums over the rounds of what the burst scenario counts."""
        keys = ("bursts", *SPOILT_BURSTS)
        return {key: sum(cell[key] for cell in self._by_key[("burst", people, name)]) for key in keys}


def count_faults(cells: Iterable[Cell], prefix: str) -> int:
    """Violations and spoilt bursts of the contestants whose names begin so."""
    return sum(cell[key] for cell in cells if cell["name"].startswith(prefix) for key in ("violations", *SPOILT_BURSTS))


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


@dataclass(frozen=True)
class Goal:
    """`value` gives what was measured, or None; it is reached when that is not above `most` (or not below `least`)."""

    words: str
    value: Callable[[Results], float | None]
    most: float | None = None
    least: float | None = None

    def is_reached(self, value: float) -> bool:
        """Whether this is good enough."""
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)


def _cpu(people: int, ours: str, peer: str) -> Callable[[Results], float | None]:
    return lambda results: results.ratio("closed", people, "cpu_ms_step", ours, peer)


def _p99(scenario: str, people: int) -> Callable[[Results], float | None]:
    def value(results: Results) -> float | None:
        figures = results.find(scenario, people, "waymark")
        return figures.p99 if figures else None

    return value


GOALS = (
    *(
        Goal(
            f"{people} people: our CPU per durable step / Telegraf's in memory: below {most}",
            _cpu(people, "waymark", "telegraf"),
            most,
        )
        for most in (1.0, 0.5)
        for people in (50, 500)
    ),
    *(
        Goal(
            f"{people} people: CPU per step on MongoDB ({driver}) / aiogram's there: at most 1/7",
            _cpu(people, name, "aiogram_mongo"),
            1 / 7,
        )
        for driver, name in (("motor", "waymark_motor"), ("PyMongo", "waymark_pymongo"))
        for people in (50, 500)
    ),
    Goal(
        "30 ms of network, 500 people: steps/s / grammY's: at least 3",
        lambda results: results.ratio("delay", 500, "steps_s", "waymark", "grammy"),
        least=3.0,
    ),
    Goal("30 ms of network, 50 people: p99 below 40 ms", _p99("delay", 50), 40.0),
    Goal("200 actions a second: p99 below 5 ms", _p99("open", 2000), 5.0),
    Goal(
        "2,000 people at once: p99 / Telegraf's: below 1",
        lambda results: results.ratio("closed", 2000, "p99", "waymark", "telegraf"),
        1.0,
    ),
)
