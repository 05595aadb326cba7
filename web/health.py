"""`GET /health`: whether the bot does its work, with the reasons when it does not."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from database.store import Store, StoreError
from utils import clock
from web.backlog import Backlog

POLL_SECONDS = 90.0  # without a finished poll: a long poll takes at most 20
PING_SECONDS = 5.0  # for a round trip to the store
OUTBOX_SECONDS = 120.0  # for which a message may wait while no 429 holds it
LAG_SECONDS = 1.0  # by which the event loop may be late
LOOK_SECONDS = 5.0  # between two looks at the outbox


@dataclass(frozen=True, slots=True)
class Report:
    """The answer of `/health`. Seconds, `store` milliseconds; None: does not answer (`store`), does not poll (`polling`)."""

    reasons: tuple[str, ...]
    polling: float | None
    store: float | None
    outbox_age: float
    loop_lag: float

    @property
    def status(self) -> str:
        """ok or unhealthy."""
        return "unhealthy" if self.reasons else "ok"

    def to_json(self) -> bytes:
        """One object; figures rounded to milliseconds."""
        figures = {"polling": self.polling, "store": self.store, "outbox_age": self.outbox_age, "loop_lag": self.loop_lag}
        rounded = {name: None if figure is None else round(figure, 3) for name, figure in figures.items()}
        return orjson.dumps({"status": self.status, "reasons": self.reasons, **rounded})


@dataclass(slots=True)
class Health:
    """`last_poll` gives the epoch seconds of the last one that was answered (0: none yet), None where nothing is polled; `lag` the
    seconds by which the event loop is late; `is_serving` whether updates are taken in."""

    store: Store
    backlog: Backlog
    lag: Callable[[], float]
    last_poll: Callable[[], float] | None
    is_serving: Callable[[], bool] = lambda: True
    _started: float = field(default_factory=lambda: clock.real().timestamp())
    _looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look at the outbox."""
        self._looking = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """End it."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
            self._looking = None

    async def handle(self, request: web.Request) -> web.Response:
        """200, or 503 with the reasons."""
        report = await self.check()
        return web.Response(
            status=503 if report.reasons else 200,
            body=report.to_json(),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def check(self) -> Report:
        """Takes at most PING_SECONDS."""
        lag = self.lag()
        store, trouble = await self._ping()
        now = clock.real().timestamp()
        polling = None if self.last_poll is None else now - max(self.last_poll(), self._started)
        age = self.backlog.look(now)
        reasons = [
            "" if self.is_serving() else "starting: updates are not taken yet",
            f"polling: no poll was answered for {polling:.0f} s" if polling is not None and polling > POLL_SECONDS else "",
            f"store: {trouble}" if trouble else "",
            f"outbox: a message has waited for {age:.0f} s" if age > OUTBOX_SECONDS else "",
            f"loop: the event loop is {lag:.1f} s late" if lag > LAG_SECONDS else "",
        ]
        return Report(tuple(reason for reason in reasons if reason), polling, store, age, lag)

    async def _ping(self) -> tuple[float | None, str]:
        """Milliseconds of a round trip and what is wrong, in words without an address."""
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(PING_SECONDS):
                await self.store.ping()
        except TimeoutError:
            return None, f"no answer within {PING_SECONDS:.0f} s"
        except StoreError as error:
            return None, type(error).__name__
        return (time.perf_counter() - begun) * 1000, ""

    async def _look(self) -> None:
        while True:
            self.backlog.look(clock.real().timestamp())
            await asyncio.sleep(LOOK_SECONDS)
