"""Turns that wait together make one round trip: the MongoDB counterpart of SQLite's shared commits.

A command of its own costs the driver a quarter of a millisecond of CPU and the server a wait for its journal. One command with a
hundred statements costs about as much. So what is submitted while a round trip is under way goes with the next one, and whoever
comes alone goes at once. A round trip that takes long keeps nobody waiting: another is begun beside it. And the next ones carry
less, until they are quick. On a slow server a full one would time out, fail, and come again as it was.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

MOST_AT_ONCE = 500  # items in one round trip
MOST_BYTES = 8_000_000  # of them together; a server takes 48 MB
WAIT_SECONDS = 0.05  # that something waits for the round trip under way
QUICK_SECONDS = 1.0  # that a round trip is to take at most
LANES = 8  # round trips of one group at the same time


class Packed(Protocol):
    """`key`: of two with the same key the second goes with a later round trip; `size` in bytes."""

    @property
    def key(self) -> int: ...

    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=Packed)


class Group(Generic[T]):
    """`send` does what was collected, and tells of each item in turn how it failed (None: it did not); raising fails them all."""

    def __init__(self, send: Callable[[list[T]], Awaitable[Sequence[Exception | None]]]) -> None:
        self._send = send
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._lanes: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self.most = MOST_AT_ONCE  # items in the next round trip

    def submit(self, item: T) -> "asyncio.Future[None]":
        """Done when the item is. A caller that is cancelled gives up the answer, not the item."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if not self._lanes:
            self._open_lane()
        elif self._timer is None:
            self._wait_for_lane()
        return future

    async def close(self) -> None:
        """See what was submitted to its end."""
        while self._lanes:
            await asyncio.wait(self._lanes)
        if self._timer is not None:
            self._timer.cancel()

    def _open_lane(self) -> None:
        """As a task, so that all who submit in this round of the event loop go together."""
        lane = asyncio.get_running_loop().create_task(self._work())
        self._lanes.add(lane)

    def _wait_for_lane(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(WAIT_SECONDS, self._lose_patience)

    def _lose_patience(self) -> None:
        self._timer = None
        if self._waiting:
            if len(self._lanes) < LANES:
                self._open_lane()
            self._wait_for_lane()

    async def _work(self) -> None:
        lane = asyncio.current_task()
        assert lane is not None, "runs as a task"
        try:
            while batch := self._take():
                await self._send_batch(batch)
        finally:
            self._lanes.discard(lane)  # now, not in a callback: who was just answered may submit again before that

    async def _send_batch(self, batch: list[tuple[T, "asyncio.Future[None]"]]) -> None:
        begun = time.monotonic()
        try:
            outcomes = await self._send([item for item, _ in batch])
            self._adapt(len(batch), time.monotonic() - begun < QUICK_SECONDS)
        except BaseException as error:
            self._adapt(len(batch), False)
            _settle(batch, [error] * len(batch))
            if not isinstance(error, Exception):
                raise
        else:
            _settle(batch, outcomes)

    def _adapt(self, carried: int, was_quick: bool) -> None:
        if not was_quick:
            self.most = max(1, carried // 2)
        elif carried >= self.most:
            self.most = min(2 * self.most, MOST_AT_ONCE)

    def _take(self) -> list[tuple[T, "asyncio.Future[None]"]]:
        """The first that fit into one round trip."""
        taken, left = list[tuple[T, "asyncio.Future[None]"]](), list[tuple[T, "asyncio.Future[None]"]]()
        keys, room = set[int](), MOST_BYTES
        for entry in self._waiting:
            item = entry[0]
            if item.key in keys or len(taken) == self.most or (room < item.size and taken):
                left.append(entry)
            else:
                taken.append(entry)
                room -= item.size
            keys.add(item.key)  # also of one that was left: what comes behind it stays behind it
        self._waiting = left
        return taken


def _settle(batch: Sequence[tuple[Packed, "asyncio.Future[None]"]], outcomes: Sequence[BaseException | None]) -> None:
    for (_, future), error in zip(batch, outcomes, strict=True):
        if future.done():  # cancelled meanwhile
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
