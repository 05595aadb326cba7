"""Compares what came on the days of a run with what was promised, and what was answered with what was kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from simulator.chaos.check import find_repeats
from simulator.chaos.process import Gap
from simulator.days.person import Dweller


@dataclass(slots=True)
class DayFindings:
    """Broken promises, a line each."""

    bot: list[str] = field(default_factory=list)  # its words at ERROR, or that it ended
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    in_quiet_hours: list[str] = field(default_factory=list)
    in_a_pause: list[str] = field(default_factory=list)  # or a block
    not_due: list[str] = field(default_factory=list)  # nobody was to be reminded
    wrong_day: list[str] = field(default_factory=list)
    too_early: list[str] = field(default_factory=list)
    wrong_zone: list[str] = field(default_factory=list)
    too_many_repeats: list[str] = field(default_factory=list)
    left_in_silence: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)  # lost or doubled

    def by_name(self) -> dict[str, list[str]]:
        """Every kind in words -> its lines."""
        return {one.name.replace("_", " "): getattr(self, one.name) for one in fields(self)}

    def lines(self) -> list[str]:
        """All of them; [] when every promise was kept."""
        return [f"{name}: {line}" for name, lines in self.by_name().items() for line in lines]


def check_dweller(dweller: Dweller, rows: Sequence[Mapping[str, Any]], gaps: Sequence[Gap], findings: DayFindings) -> int:
    """Everything that came to one person, and their `rows` of the export; gives how many messages came again."""
    who = f"person {dweller.id}"
    for kind, words in dweller.wrong:
        getattr(findings, kind).append(f"{who}: {words}")
    kept = sorted(row["flow"] for row in rows)
    said = sorted(f"day-{number}" for number in dweller.life.done)
    if kept != said:
        findings.answers.append(f"{who}: answered {said}, kept {kept}")
    repeats, unfounded = find_repeats(dweller.copies, gaps, ())
    findings.too_many_repeats += [f"{who}: {text[:60]!r} came again without a reason" for _, text in unfounded]
    return repeats
