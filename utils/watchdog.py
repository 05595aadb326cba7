"""Notices when the event loop stands still, and says who holds it up.

The loop beats by itself (`call_later`), five times per threshold. A thread looks at the time of the last beat once per threshold.
At the default that is 60 wake-ups a second: about 0.3 % of an idle two-core virtual machine (100 µs each), less where the loop is
awake anyway. Beats are written by the loop alone and read by the thread, stacks the other way round. Each is one assignment of one
object: nothing half written can be seen, so there is no lock.
"""

import asyncio
import logging
import sys
import threading
import time
import traceback
from types import FrameType

logger = logging.getLogger("waymark.watchdog")

HANGING_SECONDS = 10.0  # after which a block is told while it lasts
BEATS = 5  # of the loop per threshold
DEEPEST = 30  # frames of a stack that are logged
UNSEEN = "  (over before it could be looked at, or the whole process stood still)"


class Watchdog:
    """Watches one loop. `threshold`: seconds of lateness that are worth a line in the log.

    `longest`: the most seconds by which a beat came late, also below the threshold. The blocking call then took between that and a
    fifth of a threshold more; many callbacks that were ready together count like one. A block of more than 1.2 thresholds is always
    logged, one of more than 2.2 always with its stack. The line comes once, as WARNING, when it is over, with its length and the
    blocking call. One that lasts longer than 10 s is told at that moment too, since it may never be.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, threshold: float = 0.1) -> None:
        self.threshold = threshold
        self._every = threshold / BEATS
        self.longest = 0.0
        self._loop = loop
        self._beaten = 0.0
        self._lag = 0.0
        self._seen = (0.0, "")  # written by the thread alone: the last beat before a block, and the stack in it
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, on the loop's own thread; again is nothing."""
        if self._thread is not None:
            return
        self._stopping.clear()
        self._beaten = time.monotonic()
        self._timer = self._loop.call_later(self._every, self._beat)
        self._thread = threading.Thread(target=self._watch, args=(threading.get_ident(),), name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, on the loop's own thread; the other one wakes at once and is waited for. Again is nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def lag(self) -> float:
        """Seconds by which the last beat came late: what any ready callback had to wait then."""
        return self._lag

    def reset(self) -> None:
        """Forget the longest block."""
        self.longest = 0.0

    def _beat(self) -> None:
        now = time.monotonic()
        self._lag = max(0.0, now - self._beaten - self._every)
        self.longest = max(self.longest, self._lag)
        if self._lag > self.threshold:
            beaten, stack = self._seen
            logger.warning("The event loop was blocked for %.2f s by:\n%s", self._lag, stack if beaten == self._beaten else UNSEEN)
        self._beaten = now
        self._timer = self._loop.call_later(self._every, self._beat)

    def _watch(self, watched: int) -> None:
        hanging = 0.0  # the beat whose block has been told
        while not self._stopping.wait(self.threshold):
            beaten = self._beaten
            late = time.monotonic() - beaten - self._every
            if late > self.threshold and beaten != self._seen[0]:
                self._seen = beaten, describe_stack(sys._current_frames().get(watched))
            if late > HANGING_SECONDS and beaten != hanging:
                hanging = beaten
                logger.warning("The event loop has been blocked for %.0f s and still is, by:\n%s", late, self._seen[1])


def describe_stack(frame: FrameType | None) -> str:
    """Files, lines and functions, the innermost last; never the values in them."""
    if frame is None:
        return "  (its thread is gone)"
    return "".join(traceback.format_list(traceback.extract_stack(frame, DEEPEST))).rstrip()
