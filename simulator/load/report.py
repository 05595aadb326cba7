"""The outcome of a load, in figures."""

import asyncio
import re
from dataclasses import dataclass, field
from statistics import quantiles

from simulator.load.windows import Windows, p95
from simulator.world.world import World

SHOWN = 20  # findings and log lines that are printed
FULL = 0.9  # of a core: as good as all of it


@dataclass(slots=True)
class Outcome:
    """`times`: seconds from an action to the bot's next message; `windows`, where somebody disturbed, those of the others.

    `generator`: how much of a core the simulated Telegram and its people used.
    """

    people: int
    steps: int = 0
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    windows: Windows | None = None
    generator: float = 0.0
    stats: str = ""
    findings: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nothing lost, doubled, out of order or left unanswered, and no error in the bot's log."""
        return not self.findings and not self.errors

    @property
    def errors(self) -> list[str]:
        """The bot's own lines at ERROR."""
        return [line for line in self.log if " ERROR " in line or " CRITICAL " in line]


def print_outcome(outcome: Outcome) -> None:
    """To standard output."""
    print(f"people          {outcome.people:,}")
    print(f"steps           {outcome.steps:,} in {outcome.seconds:.1f} s: {outcome.steps / outcome.seconds:,.0f} a second")
    print(f"next question   {describe_times(outcome.times)}")
    if outcome.windows:
        print(f"everyone else   {describe_windows(outcome.windows)}")
    for name, pattern in (("database pool", r"^pool .*$"), ("event loop", r"^loop .*$"), ("process", r"^CPU .*$")):
        found = re.search(pattern, outcome.stats, re.MULTILINE)
        print(f"{name:<16}{found[0] if found else 'no word from /stats'}")
    limit = ": its core was the limit, the bot could do more" if outcome.generator > FULL else ""
    print(f"load generator  {outcome.generator:.2f} of a core{limit}")
    slow = sum("Slow operation detected" in line for line in outcome.log)
    print(f"in the log      {len(outcome.errors)} errors, {slow} slow operations")
    print_findings(outcome)


def print_findings(outcome: Outcome) -> None:
    """The faults found, or that there were none."""
    print(f"order and completeness: {'all well' if not outcome.findings else f'{len(outcome.findings)} FINDINGS'}")
    for line in [*outcome.findings[:SHOWN], *outcome.errors[:SHOWN]]:
        print(f"  {line}")


def describe_times(times: list[float]) -> str:
    """Percentiles of these seconds, in words."""
    if len(times) < 2:
        return "too few to tell"
    cuts = [seconds * 1000 for seconds in quantiles(times, n=100)]
    return f"p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms, longest {max(times) * 1000:.0f} ms"


def describe_windows(windows: Windows) -> str:
    """Both p95 and how they differ, in words."""
    quiet, disturbed = (p95([time for times in some for time in times]) for some in (windows.quiet, windows.disturbed))
    changes = [100 * (change - 1) for change in windows.changes]
    spread = f"{len(changes)} times by turns, from {min(changes):+.0f} to {max(changes):+.0f} %"
    return f"p95 {quiet * 1000:.1f} ms alone, {disturbed * 1000:.1f} ms disturbed: {100 * (windows.change - 1):+.0f} % ({spread})"


async def read_stats(world: World, admin: int) -> str:
    """The bot's own report, asked for by its admin in the chat; "" when it does not come within five seconds."""
    world.say(admin, "/stats")
    for _ in range(100):
        await asyncio.sleep(0.05)
        last = list(world.chat(admin).messages)[-1]
        if last["from"]["id"] == world.bot["id"]:
            return str(last.get("text", ""))
    return ""
