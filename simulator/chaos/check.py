"""Compares what people said with what was kept, and what they were shown with what may be repeated."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

import orjson

from simulator.chaos.people import EARLY, MISFITS, Walker
from simulator.chaos.process import Gap
from simulator.chaos.programme import TIMER, is_timer, read_number

Row = Mapping[str, Any]

CARRIED_OUT = 0.05  # seconds in which a call has its effect once its fault is decided


@dataclass(slots=True)
class Findings:
    """Broken promises, a line each."""

    bot: list[str] = field(default_factory=list)  # its words at ERROR, or that it ended
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    wrong_message: list[str] = field(default_factory=list)
    too_many_repeats: list[str] = field(default_factory=list)
    left_in_silence: list[str] = field(default_factory=list)
    unexpected_words: list[str] = field(default_factory=list)

    def by_name(self) -> dict[str, list[str]]:
        """Every kind in words -> its lines."""
        return {one.name.replace("_", " "): getattr(self, one.name) for one in fields(self)}

    def lines(self) -> list[str]:
        """All of them; [] when every promise was kept."""
        return [f"{name}: {line}" for name, lines in self.by_name().items() for line in lines]


def read_rows(kept: bytes) -> dict[int, list[Row]]:
    """The export with all answers, a person each, in its order."""
    rows: dict[int, list[Row]] = defaultdict(list)
    for line in kept.splitlines():
        row = orjson.loads(line)
        rows[row["person"]].append(row)
    return rows


def check_walker(walker: Walker, rows: Sequence[Row], findings: Findings) -> None:
    """Everything that one person said and saw. `rows` hold the replaced answers too."""
    who = f"person {walker.id}"
    findings.skipped += [f"{who}: {line}" for line in walker.skipped]
    findings.unexpected_words += [f"{who}: {line}" for line in walker.wrong]
    if not walker.is_finished:
        findings.left_in_silence.append(f"{who}: nothing came after question {walker.number}")
    if len({row["run"] for row in rows}) > 1:
        findings.doubled.append(f"{who}: the walk was begun more than once")
    for number, answering in walker.answers.items():
        values = [row["value"] for row in sorted(_rows_of(rows, number), key=_attempt)]
        if not is_timer(number):
            _compare(f"{who}, question {number}", number, answering.history, values, findings)
        elif walker.is_finished and not (len(values) == 1 and 0 <= values[0] <= TIMER):
            findings.lost.append(f"{who}, question {number}: a timer is kept as {values}")
    _check_order(who, rows, findings)


def _rows_of(rows: Iterable[Row], number: int) -> list[Row]:
    return [row for row in rows if row["step"] == f"q{number}"]


def _attempt(row: Row) -> int:
    return int(row["attempt"])


def _compare(where: str, number: int, said: list[Any], kept: list[Any], findings: Findings) -> None:
    for value in kept:
        if value not in said and (meant := read_number(value)) not in (None, number):
            findings.wrong_message.append(f"{where}: {value!r}, which was meant for question {meant}, is kept")
    missing = [value for value in said if value not in kept]
    if missing:
        findings.lost.append(f"{where}: said {said}, kept {kept}")
    elif len(kept) > len(said):
        findings.doubled.append(f"{where}: said {said}, kept {kept}")
    elif kept != said:
        findings.out_of_order.append(f"{where}: said {said}, kept {kept}")


def _check_order(who: str, rows: Iterable[Row], findings: Findings) -> None:
    """A changed answer stands behind the one that it replaces; nothing was answered in between."""
    numbers = [int(row["step"].removeprefix("q")) for row in rows]
    if numbers != sorted(numbers):
        findings.out_of_order.append(f"{who}: answers are kept in the order {numbers}")


def count_repeats(walker: Walker, gaps: Sequence[Gap], ambiguous: Sequence[float], findings: Findings) -> int:
    """How many of the bot's messages came again; those without a reason are findings."""
    repeats, unfounded = find_repeats(leave_out_answers(walker), gaps, ambiguous)
    changed = {number for number, answering in walker.answers.items() if answering.edited_at}
    for number, text in unfounded:
        if number in changed and text.startswith("Question"):  # it comes once more after the answer before it was changed
            changed.remove(number)
            continue
        findings.too_many_repeats.append(f"person {walker.id}, question {number}: {text[:40]!r} came again without a reason")
    return repeats


def leave_out_answers(walker: Walker) -> dict[tuple[int, str], list[float]]:
    """The messages read, without words that are the same but no repeat. Of several messages that all came too early or do not fit,
    each is answered for itself."""
    copies = dict(walker.copies)
    for (number, text), moments in walker.copies.items():
        if text.startswith((EARLY, *MISFITS)):
            founded = max(1, walker.count_beside(number))
            copies[number, text] = [moments[0], *moments[founded:]]
    return copies


def find_repeats(
    copies: Mapping[tuple[int, str], Sequence[float]], gaps: Sequence[Gap], ambiguous: Sequence[float]
) -> tuple[int, list[tuple[int, str]]]:
    """The number of messages of one chat that came again, and those without a reason: a kill or a lost answer between the copies.

    A call that left before a kill may be carried out for a while after it. So a kill lasts until the next process can send.
    """
    unfounded: list[tuple[int, str]] = []
    reasons = sorted([(gap.killed, gap.over) for gap in gaps] + [(moment, moment + CARRIED_OUT) for moment in ambiguous])
    repeats = sorted(
        (after, before, number, text) for (number, text), moments in copies.items() for before, after in pairwise(moments)
    )
    for after, before, number, text in repeats:
        reason = next((one for one in reasons if one[1] >= before and one[0] <= after), None)
        if reason is None:
            unfounded.append((number, text))
        else:
            reasons.remove(reason)
    return len(repeats), unfounded
