"""The bot as a process of its own that is killed and started again."""

import asyncio
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.chaos.plan import DELAY, Kill

STOP_SECONDS = 15.0  # for an orderly end
LATE = DELAY + 0.1  # seconds after the next start; no process sends anything so early
# Loggers that speak at ERROR: the bot; python-telegram-bot of error pages, PyMongo of connections that break off.
COMPLAINT = re.compile(r" (ERROR|CRITICAL) (?!telegram\.request|pymongo\.client)")
START_SECONDS = 10.0  # for which a first poll is waited for


class BotEnded(Exception):
    """The bot ended although nobody had killed it; the words are its status and its last lines."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The killed process's messages came in until `over`, the next one's later (monotonic clock)."""

    killed: float
    over: float


class BotProcess:
    """`command` and `environment` start it; everything that it says goes to the file `log`. `polls` counts its getUpdates, `begun`
    is told the number of each process."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        polls: Callable[[], int],
        begun: Callable[[int], None] = lambda _pid: None,
    ) -> None:
        self._command, self._environment, self._log, self._polls, self._begun = command, dict(environment), log, polls, begun
        self._process: asyncio.subprocess.Process | None = None
        self._copying: list[asyncio.Task[None]] = []
        self._killing = False
        self.gaps: list[Gap] = []

    async def start(self) -> None:
        """Another process."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env=self._environment,
            stderr=asyncio.subprocess.STDOUT,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._begun(self._process.pid)
        assert self._process.stdout is not None
        self._copying.append(asyncio.create_task(self._copy(self._process.stdout)))

    async def play(self, kills: Sequence[Kill]) -> None:
        """Kill at each moment and start again. Raises BotEnded."""
        begun, polled = time.perf_counter(), 0
        for kill in kills:
            if kill.pounce is None:
                await self._live_until(begun + kill.at)
            else:
                await self._live_until_poll(polled)
                await self._live_until(time.perf_counter() + kill.pounce)
            polled = await self.kill(kill.gap)

    async def kill(self, gap: float) -> int:
        """SIGKILL, and another process `gap` seconds later; gives how many polls there were until then."""
        self._killing = True
        await self._end(signal.SIGKILL)
        killed = time.perf_counter()
        await asyncio.sleep(gap)
        polled = self._polls()
        await self.start()
        self._killing = False
        self.gaps.append(Gap(killed, time.perf_counter() + LATE))
        return polled

    async def watch(self) -> None:
        """For ever, while the bot lives. Raises BotEnded."""
        await self._live_until(float("inf"))

    async def check(self) -> None:
        """Raises BotEnded when the bot has ended by itself."""
        if self._process is not None and not self._killing and self._process.returncode is not None:
            raise await self._ended(self._process.returncode)

    async def stop(self) -> None:
        """An orderly end; SIGKILL after STOP_SECONDS."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._end(signal.SIGTERM)
        except TimeoutError:
            await self._end(signal.SIGKILL)
        await asyncio.gather(*self._copying)

    async def _copy(self, said: asyncio.StreamReader) -> None:
        """Its words come through a pipe, since a process whose disk is full can't write into a file."""
        with self._log.open("ab") as log:
            while piece := await said.read(65_536):
                log.write(piece)
                log.flush()

    async def _live_until_poll(self, before: int) -> None:
        until = time.perf_counter() + START_SECONDS
        while self._polls() == before and time.perf_counter() < until:
            await self._live_until(time.perf_counter() + 0.005)

    async def _live_until(self, moment: float) -> None:
        assert self._process is not None, "start() first"
        left = moment - time.perf_counter()
        try:
            async with asyncio.timeout(max(0.0, left) if left != float("inf") else None):
                status = await self._process.wait()
        except TimeoutError:
            return
        raise await self._ended(status)

    async def _ended(self, status: int) -> BotEnded:
        await asyncio.gather(*self._copying)
        last = "\n".join(self.log_lines()[-5:])
        return BotEnded(f"the bot ended by itself with status {status}:\n{last}")

    async def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
            await self._process.wait()

    def log_lines(self) -> list[str]:
        """Everything said so far."""
        if not self._log.exists():
            return []
        return self._log.read_text(encoding="utf-8", errors="replace").splitlines()
