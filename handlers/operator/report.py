"""The operator's page: how the bot is doing, in words and columns (what /stats shows)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from database.store import Store, StoreUnavailable
from handlers.incoming.flood import Flood
from handlers.incoming.intake import Intake
from handlers.incoming.lines import Lines
from handlers.outgoing.outbox import Outbox
from utils.performance import OperationStats, performance_monitor
from utils.process import read_process
from utils.watchdog import Watchdog

SHOWN_OPERATIONS = 24  # a message has room for about forty lines


@dataclass(frozen=True, slots=True)
class Reporter:
    """Reads everything that is counted."""

    store: Store
    lines: Lines
    outbox: Outbox
    intake: Intake
    flood: Flood
    watchdog: Watchdog

    async def report(self) -> str:
        """Several lines of plain text."""
        return "\n".join([*await self._people(), *self._work(), *await self._process(), *self._pool(), "", *_operations()])

    async def _people(self) -> list[str]:
        try:
            count: Mapping[str, int] = await self.store.count()
        except StoreUnavailable:
            return ["the database does not answer"]
        return [
            f"people {count['people']}, blocked {count['blocked']}, open flows {count['open_runs']}, ended {count['runs']}",
            f"inbox {count['waiting']}, dead letters {count['dead']}, refused in floods {self.flood.refused}",
        ]

    def _work(self) -> list[str]:
        flight: Mapping[str, Any] = performance_monitor.get_concurrency_stats()["operations"].get("process_question", {})
        return [
            f"updates under way {self.lines.outstanding}, chats being written to {len(self.outbox)}",
            f"questions in work {flight.get('in_flight', 0)}, peak {flight.get('peak', 0)}",
            f"messages that Telegram refused {self.outbox.delivery.refused}",
        ]

    async def _process(self) -> list[str]:
        process = await asyncio.to_thread(read_process)
        return [
            f"CPU {process.cpu_percent:.0f} %, memory {process.rss_bytes / 1e6:.0f} MB, up {process.uptime / 3600:.1f} h",
            f"loop lag {self.watchdog.lag() * 1000:.1f} ms, longest block {self.watchdog.longest * 1000:.0f} ms",
        ]

    def _pool(self) -> list[str]:
        pool = self.store.pool_stats()
        if pool is None:
            return ["pool none (SQLite)"]
        return [
            f"pool {pool.checked_out} checked out of {pool.size}, {pool.waiting} waiting, peak {pool.peak}, "
            f"{pool.created} created, {pool.closed} closed"
        ]


def _operations() -> list[str]:
    """The busiest operations by total time; milliseconds."""
    stats = performance_monitor.get_stats()
    busiest = sorted(stats.items(), key=lambda pair: -pair[1]["mean"] * pair[1]["count"])[:SHOWN_OPERATIONS]
    head = f"{'operation':<26}{'count':>8}{'err':>5}{'slow':>5}{'p50':>7}{'p95':>7}{'p99':>7}{'max':>8}"
    return [head, *(_row(name, one) for name, one in busiest)]


def _row(name: str, one: OperationStats) -> str:
    times = "".join(f"{one[key] * 1000:>{width}.1f}" for key, width in (("p50", 7), ("p95", 7), ("p99", 7), ("max", 8)))  # type: ignore[literal-required]
    return f"{name[:25]:<26}{one['count']:>8}{one['errors']:>5}{one['slow']:>5}{times}"
