"""The tables of a run, as Markdown that is readable in a terminal too."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from results import GOALS, Results
from scenarios import SCENARIOS

COLUMNS = (
    "contestant",
    "steps/s",
    "p50 ms",
    "p99 ms",
    "CPU ms/step",
    "main thread",
    "kernel",
    "memory MB",
    "violations",
    "server CPU",
    "others",
    "rounds",
)
RATIOS = (("steps/s", "steps_s"), ("p99", "p99"), ("CPU per step", "cpu_ms_step"), ("memory", "rss_mb"))
MARKS = {"server": "*", "database": "†", "others": "‡"}
LIMITS = {
    "server": "the load server's core",
    "database": "the MongoDB server (it shares the load server's core)",
    "others": "what other programs left of the load server's core",
}
BURST_COLUMNS = ("contestant", "bursts", "out of order", "lost update", "stored out of order", "reply missing", "p50 ms")


def write_report(results: Results, machine: Mapping[str, Any]) -> str:
    """Everything that a run has to say."""
    parts = [", ".join(f"{key} {value}" for key, value in machine.items())]
    for (scenario, people), names in results.groups.items():
        title = f"{scenario}, {people} people: {SCENARIOS[scenario].words}"
        table = _write_bursts if scenario == "burst" else _write_figures
        parts.append(f"## {title}\n\n{table(results, scenario, people, names)}")
        if scenario != "burst" and (ratios := _write_ratios(results, scenario, people, names)):
            parts.append(ratios)
    parts.append(f"## Goals\n\n{_write_goals(results)}")
    parts.append(_write_limits(results))
    return "\n\n".join(part for part in parts if part)


def _write_figures(results: Results, scenario: str, people: int, names: Sequence[str]) -> str:
    rows = []
    for name in names:
        one = results.find(scenario, people, name)
        assert one is not None, "the names are those of its cells"
        rate = _number(one.steps_s, 0) + "".join(sorted(MARKS[limit] for limit in one.limits))
        figures = (
            rate,
            _number(one.p50, 1),
            _number(one.p99, 1),
            *(_number(ms, 3) for ms in (one.cpu_ms, one.main_ms, one.kernel_ms)),
        )
        counted = f"{one.violations}" + (f" (+{one.api_errors} refused calls)" if one.api_errors else "")
        rows.append(
            (name, *figures, _number(one.rss_mb, 0), counted, _number(one.server_cpu, 2), _number(one.others, 2), str(one.rounds))
        )
    return _table(COLUMNS, rows)


def _write_bursts(results: Results, scenario: str, people: int, names: Sequence[str]) -> str:
    rows = []
    for name in names:
        counted, one = results.bursts(people, name), results.find(scenario, people, name)
        assert one is not None, "the names are those of its cells"
        rows.append((name, *map(str, counted.values()), _number(one.p50, 1)))
    words = "waymark lets no text answer a question that nobody had seen: of five, the first counts, a word is said to the others."
    return (
        f"{_table(BURST_COLUMNS, rows)}\n\n{words}"
        if any(name.startswith("waymark") for name in names)
        else _table(BURST_COLUMNS, rows)
    )


def _write_ratios(results: Results, scenario: str, people: int, names: Sequence[str]) -> str:
    """Ours divided by each peer's: more steps are better, less of everything else is."""
    ours = [name for name in names if name.startswith("waymark")]
    peers = [name for name in names if name not in ours]
    if not ours or not peers:
        return ""
    rows = []
    for name in ours:
        for words, key in RATIOS:
            ratios = (_number(results.ratio(scenario, people, key, name, peer), 2) for peer in peers)
            rows.append((f"{name}: {words} / theirs", *ratios))
    return _table(("", *peers), rows)


def _write_goals(results: Results) -> str:
    measured = [(goal, value) for goal in GOALS if (value := goal.value(results)) is not None]
    rows = [(goal.words, _number(value, 2), "reached" if goal.is_reached(value) else "NOT reached") for goal, value in measured]
    return _table(("goal", "measured", ""), rows) if rows else "Nothing that has one was measured."


def _write_limits(results: Results) -> str:
    """The caveats for the reader."""
    lines = []
    for limit, words in LIMITS.items():
        if any(cell["limit"] == limit for cell in results.cells):
            lines.append(f"`{MARKS[limit]}` {words} was what limited: the bot could have done more steps/s.")
    noisy = sum(cell["others"] > 0.15 for cell in results.cells)
    if noisy:
        share = f"{noisy} of {len(results.cells)} cells"
        lines.append(
            f"Other programs used the two cores in {share} (column `others`, in cores): trust CPU ms/step, not steps/s or p99."
        )
    return "\n".join(lines)


def _number(value: float | None, places: int) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def write(line: Sequence[str]) -> str:
        first, *rest = (
            word.ljust(width) if not column else word.rjust(width)
            for column, (word, width) in enumerate(zip(line, widths, strict=True))
        )
        return f"| {' | '.join([first, *rest])} |"

    rule = "|".join(["", ":" + "-" * (widths[0] + 1), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    return "\n".join([write(lines[0]), rule, *map(write, lines[1:])])
