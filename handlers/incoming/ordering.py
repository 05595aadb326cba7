"""One update at a time per line (a chat), in arrival order; lines run beside one another.

Why it is safe, by number:
1. PTB takes updates from its queue one by one and starts a task for each in that order; asyncio starts tasks in the order of
   their making, and the semaphore of BaseUpdateProcessor wakes its waiters first come, first served.
2. Between looking for the line and joining it nothing is awaited, so no two tasks believe to be the first.
3. Whoever leaves hands the line to the next waiter before anything is awaited; a waiter that was cancelled is passed over.
4. A line that nobody waits in is forgotten: memory follows the people who are active now.

A line in which many wait is walked slowly (CALM): a burst of one person would otherwise keep the database busy with one turn
after the other, and everybody else's turn waiting behind each of them.

The limit is taken before the wait within a line, so it must be larger than any one burst: the intake refuses a person's
updates above 20, the limit is 4,096 (with 8, a burst of 200 held another person for a second). PTB's semaphore, which holds it,
costs a fiftieth of a step, so it is asked only when more than the limit are outstanding: at most so many more are begun then.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Coroutine
from typing import Any, cast

from telegram.ext import BaseUpdateProcessor

from handlers.incoming.arrivals import Arrival

BURST = 3  # updates of one line that wait
CALM = 0.05  # seconds between two turns in a burst


class Ordering(BaseUpdateProcessor):
    """PTB's `concurrent_updates`, with order. Everything it is given is an Arrival."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._limit = limit
        self._lines: dict[int, deque[asyncio.Future[None]]] = {}
        self._announced: dict[int, int] = {}
        self._closed = False
        self.outstanding = 0

    def announce(self, arrival: Arrival) -> None:
        """It is on its way through PTB's queue: counts as waiting from now on."""
        self._announced[arrival.line] = self._announced.get(arrival.line, 0) + 1
        self.outstanding += 1

    def waiting(self, line: int) -> int:
        """Updates of this line that are not done."""
        return self._announced.get(line, 0)

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    def close(self) -> None:
        """From now on nothing new is begun; what waits stays in the inbox for the next start."""
        self._closed = True

    def process(self, arrival: Arrival, coroutine: Awaitable[Any]) -> Awaitable[None]:
        """`coroutine` in its turn; to be awaited."""
        process = self.do_process_update if self.outstanding <= self._limit else self.process_update
        return process(arrival, coroutine)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the line, then run."""
        line, begun = cast(Arrival, update).line, False
        try:
            waiters = self._lines.get(line)
            if waiters is None:
                self._lines[line] = deque()
            else:
                await self._wait(line, waiters)
            try:
                if not self._closed:
                    begun = True
                    await coroutine
            finally:
                self._leave(line)
        finally:
            if not begun:
                cast(Coroutine[Any, Any, Any], coroutine).close()
            self._done(line)

    async def _wait(self, line: int, waiters: "deque[asyncio.Future[None]]") -> None:
        turn = asyncio.get_running_loop().create_future()
        waiters.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the line was handed to us at the very moment
                self._leave(line)
            raise

    def _leave(self, line: int) -> None:
        """The next one's turn, in a burst after a moment; mostly there is none."""
        waiters = self._lines[line]
        if not waiters:
            del self._lines[line]
        elif len(waiters) > BURST and not self._closed:
            asyncio.get_running_loop().call_later(CALM, self._hand_on, line)
        else:
            self._hand_on(line)

    def _hand_on(self, line: int) -> None:
        waiters = self._lines[line]
        while waiters:
            turn = waiters.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._lines[line]

    def _done(self, line: int) -> None:
        self.outstanding -= 1
        left = self._announced.pop(line, 1) - 1
        if left > 0:
            self._announced[line] = left
