"""The lines of people: one update at a time per line (a chat), in arrival order; lines run beside one another.

Why it is safe, by number:
1. `put` makes a task for each arrival, and asyncio starts tasks in the order of their making. The semaphore of PTB's
   BaseUpdateProcessor wakes its waiters first come, first served.
2. Between looking for the line and joining it nothing is awaited, so no two tasks believe to be the first.
3. A turn that ends hands the line to the next waiter before anything is awaited; a waiter that was cancelled is passed over.
4. A line that nobody waits in is forgotten: memory follows the people who are active now.

A line in which many wait is walked slowly (CALM_SECONDS). Otherwise one person's burst would keep the database busy, and everybody
else's turn would wait behind each of its turns.

The limit is taken before the wait within a line, so it must be larger than any one burst. The intake refuses a person's updates
above 20; the limit is 4,096. (With 8, a burst of 200 held another person for a second.) PTB's semaphore, which holds it, costs a
fiftieth of a step. So it is asked only when more than the limit are outstanding; at most as many again are begun then.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

from telegram.ext import BaseUpdateProcessor

from handlers.api.errors import describe
from handlers.incoming.arrivals import Arrival
from utils import clock

logger = logging.getLogger("waymark.lines")

BURST = 3  # updates of one line that wait
CALM_SECONDS = 0.05  # between two turns in a burst
STOP_SECONDS = 4.0  # that turns under way get at a stop
LOOK_SECONDS = 0.02  # between two looks whether they have ended


class Lines(BaseUpdateProcessor):
    """PTB's `concurrent_updates`, with order. Everything it is given is an Arrival. `outstanding` counts what was put in and is
    not done, of all lines."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._waiters: dict[int, deque[asyncio.Future[None]]] = {}
        self._waiting: dict[int, int] = {}
        self._turns: set[asyncio.Task[None]] = set()
        self._closed = False
        self.outstanding = 0

    def connect(
        self,
        turn: Callable[[Arrival], Coroutine[Any, Any, None]],
        done: Callable[[Arrival], None],
        send: "Callable[[int, asyncio.Task[None]], Awaitable[None]]",
    ) -> None:
        """The way of an arrival: `turn` applies it, `done` hears that it has ended, `send` sends what its line has to say. Before
        the first `put`."""
        self._turn, self._done, self._send = turn, done, send

    # --- what comes in
    def put(self, arrival: Arrival) -> None:
        """Into its line, behind all that waits there."""
        self._waiting[arrival.line] = self._waiting.get(arrival.line, 0) + 1
        self.outstanding += 1
        self._turns.add(self._loop.create_task(self._handle(arrival)))

    def elapse(self, person: int, key: str) -> None:
        """The wait of the question `key` is over."""
        self.put(Arrival(0, "elapsed", person, person, data=key, received=clock.seconds()))

    def notify(self, admin: int, words: str) -> None:
        """A word to an admin through their own line: durable and in order. An admin who never wrote to the bot is not told."""
        self.put(Arrival(0, "notice", admin, admin, words, received=clock.seconds()))

    def waiting(self, line: int) -> int:
        """Arrivals of this line that are not done."""
        return self._waiting.get(line, 0)

    # --- what becomes of it
    async def _handle(self, arrival: Arrival) -> None:
        """The turn, then what it has to say, in one task: a second one would cost as much as a tenth of the turn.

        PTB's own fetcher does the same with its queue; without the queue it costs a tenth of a turn less."""
        task = cast("asyncio.Task[None]", asyncio.current_task(self._loop))
        process = self.do_process_update if self.outstanding <= self._limit else self.process_update
        try:
            await process(arrival, self._turn(arrival))
        except Exception as error:  # noqa: BLE001 (whatever a turn raises, the others go on)
            logger.error("a turn broke off and will be taken up again: %s", describe(error))
        finally:
            self._turns.discard(task)
            self._done(arrival)
        await self._send(arrival.line, task)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the line, then run."""
        line, begun = cast(Arrival, update).line, False
        try:
            waiters = self._waiters.get(line)
            if waiters is None:
                self._waiters[line] = deque()
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
            self.outstanding -= 1
            left = self._waiting.pop(line, 1) - 1
            if left > 0:
                self._waiting[line] = left

    async def _wait(self, line: int, waiters: "deque[asyncio.Future[None]]") -> None:
        turn = self._loop.create_future()
        waiters.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the line was handed to us at the very moment
                self._leave(line)
            raise

    def _leave(self, line: int) -> None:
        """The next one's turn, in a burst after a moment; mostly there is none."""
        waiters = self._waiters[line]
        if not waiters:
            del self._waiters[line]
        elif len(waiters) > BURST and not self._closed:
            self._loop.call_later(CALM_SECONDS, self._hand_on, line)
        else:
            self._hand_on(line)

    def _hand_on(self, line: int) -> None:
        waiters = self._waiters[line]
        while waiters:
            turn = waiters.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiters[line]

    # --- the end
    def close(self) -> None:
        """From now on no turn begins; what waits stays in the inbox for the next start."""
        self._closed = True

    async def finish(self) -> None:
        """Turns under way come to their end; what takes longer than STOP_SECONDS is cut off and stays in the inbox."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                while self._turns:  # noqa: ASYNC110 (their tasks go on: with what is to be said)
                    await asyncio.sleep(LOOK_SECONDS)
        cut_off = list(self._turns)
        for task in cut_off:
            task.cancel()
        await asyncio.gather(*cut_off, return_exceptions=True)

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""
