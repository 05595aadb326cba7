"""The HTTP client under python-telegram-bot and under the outbox: everything that goes to Telegram.

The outbox and the intake post prepared JSON over the kept connections of `connections.py`, without PTB's request objects. PTB's
own calls and uploads go through aiohttp (`uploads.py`), which sends 5-8 times what PTB's httpx client does.
"""

import asyncio
import importlib
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import orjson
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from handlers.api.answers import ApiError, Unreachable, read_answer
from handlers.api.connections import Answer, Connections, NotSent
from media.library import LARGE_BYTES
from utils.performance import performance_monitor

if TYPE_CHECKING:
    from handlers.api.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send: its name, MIME type, size in bytes, and a way to read it in pieces (called anew for each try)."""

    name: str
    mime: str
    size: int
    read: Callable[[], AsyncIterator[bytes]]


SLOWEST_BYTES_A_SECOND = 50_000  # a second of an upload; one that is slower is given up
LARGE_AT_ONCE = 4  # uploads; more would share the same line, and take more of the event loop while they do

_SENT = re.compile(rb'\{"ok":true,"result":\{"message_id":(\d{1,18}),')


class Telegram(Protocol):
    """The part of a transport that the outbox and the intake need."""

    def begin(self, method: str, params: Mapping[str, Any], timeout: float | None = None) -> "Call": ...

    async def call(self, method: str, params: Mapping[str, Any], timeout: float | None = None) -> Any: ...

    async def upload(self, method: str, params: Mapping[str, Any], files: Mapping[str, Upload]) -> Any: ...


@lru_cache(256)
def _operation(method: str) -> str:
    return f"telegram.{method}"


class Call:
    """A call that is on its way. Await `result()` once."""

    __slots__ = ("_answer", "_begun", "_ended", "_method")

    def __init__(self, method: str, answer: "asyncio.Future[Answer]") -> None:
        self._method, self._answer, self._begun, self._ended = method, answer, time.perf_counter(), 0.0

    def aside(self) -> "Call":
        """This call, whose result is awaited only after something else: what that takes is not counted as its own time."""
        self._answer.add_done_callback(self._end)
        return self

    def _end(self, answer: "asyncio.Future[Answer]") -> None:
        self._ended = time.perf_counter()

    async def result(self) -> Any:
        """`result` of the Bot API method. Raises ApiError or Unreachable."""
        failed = True
        try:
            result = read_answer(self._method, *await self._answer)
            failed = False
            return result
        except OSError as error:  # NotSent, CutOff and TimeoutError among them
            raise Unreachable(self._method, error, not isinstance(error, NotSent)) from error
        finally:
            self._record(failed)

    async def sent(self) -> Any:
        """`result` of a method that sends one message: of the Message its id at least. Telegram writes that first, and nobody needs
        the rest, which is most of what an answer costs."""
        failed = True
        try:
            status, body = await self._answer
            if status == 200 and (found := _SENT.match(body)):
                result: Any = {"message_id": int(found[1])}
            else:
                result = read_answer(self._method, status, body)
            failed = False
            return result
        except OSError as error:
            raise Unreachable(self._method, error, not isinstance(error, NotSent)) from error
        finally:
            self._record(failed)

    async def done(self) -> None:
        """The same without reading a result that nobody needs."""
        failed = True
        try:
            check_answer(self._method, *await self._answer)
            failed = False
        except OSError as error:
            raise Unreachable(self._method, error, not isinstance(error, NotSent)) from error
        finally:
            self._record(failed)

    def forget(self, told: Callable[[BaseException], None]) -> None:
        """Nobody waits for it: what goes wrong is told to a function."""

        def done(answer: "asyncio.Future[Answer]") -> None:
            error: BaseException | None = None
            try:
                check_answer(self._method, *answer.result())
            except (ApiError, Unreachable, OSError, asyncio.CancelledError) as caught:
                error = caught
            self._record(error is not None)
            if error is not None:
                told(error)

        self._answer.add_done_callback(done)

    def _record(self, failed: bool) -> None:
        if self._method != "getUpdates":  # a long poll is slow by design
            performance_monitor.record(_operation(self._method), (self._ended or time.perf_counter()) - self._begun, error=failed)


class Transport(BaseRequest):
    """`base` is `$BOT_API_URL/bot<token>`; time-outs in seconds."""

    def __init__(self, base: str, *, read: float, write: float, connect: float, pool: float) -> None:
        self._base = base
        self._read, self._write, self._connect, self._pool = read, write, connect, pool
        self._uploads: Uploads | None = None
        self._loading = asyncio.Lock()
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._connections: Connections | None = None
        self.me: Mapping[str, Any] | None = None  # Telegram's User of this bot, once it is known
        self._path = urlsplit(base).path

    async def initialize(self) -> None:
        """Open the connections; again is nothing."""
        if self._connections is None:
            self._connections = Connections(self._base, self._connect)

    async def shutdown(self) -> None:
        """Close every connection."""
        if self._uploads is not None:
            uploads, self._uploads = self._uploads, None
            await uploads.close()
        if self._connections is not None:
            connections, self._connections = self._connections, None
            await connections.close()

    @property
    def read_timeout(self) -> float:
        """Seconds, as BaseRequest wants it."""
        return self._read

    def begin(self, method: str, params: Mapping[str, Any], timeout: float | None = None) -> Call:
        """Send a call now; JSON both ways. `timeout`: seconds for all of it."""
        assert self._connections is not None, "initialize() first"
        return Call(
            method, self._connections.post(f"{self._path}/{method}", orjson.dumps(params), timeout or self._read + self._write)
        )

    async def call(self, method: str, params: Mapping[str, Any], timeout: float | None = None) -> Any:
        """`result` of one Bot API method. Raises ApiError or Unreachable."""
        return await self.begin(method, params, timeout).result()

    async def upload(self, method: str, params: Mapping[str, Any], files: Mapping[str, Upload]) -> Any:
        """The same with files, streamed in pieces as multipart; the time-out allows SLOWEST_BYTES_A_SECOND.

        Large ones take turns, which nothing else waits for.
        """
        size = sum(file.size for file in files.values())
        if size <= LARGE_BYTES:
            return await self._upload(method, params, files, size)
        async with self._large:
            return await self._upload(method, params, files, size)

    async def _upload(self, method: str, params: Mapping[str, Any], files: Mapping[str, Upload], size: int) -> Any:
        fields = {key: value if isinstance(value, str) else orjson.dumps(value).decode() for key, value in params.items()}
        uploads = await self._open_uploads()
        begun, failed = time.perf_counter(), True
        try:
            patience = self._read + size / SLOWEST_BYTES_A_SECOND
            result = read_answer(method, *await uploads.send_files(f"{self._base}/{method}", fields, files, patience))
            failed = False
            return result
        except OSError as error:
            raise Unreachable(method, error, not isinstance(error, NotSent)) from error
        finally:
            performance_monitor.record(f"telegram.{method}", time.perf_counter() - begun, error=failed)

    async def _open_uploads(self) -> "Uploads":
        """Loaded beside the event loop when something needs it first."""
        async with self._loading:
            if self._uploads is None:
                module = await asyncio.to_thread(importlib.import_module, "handlers.api.uploads")
                self._uploads = module.Uploads(self._write, self._connect, self._pool)
        return self._uploads

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """PTB's own methods use this: setMyCommands and the like. Its getMe gets the answer that we already have."""
        if self.me is not None and url.endswith("/getMe"):
            return 200, orjson.dumps({"ok": True, "result": self.me})
        fields, parts = (request_data.json_parameters, request_data.multipart_data or {}) if request_data else (None, {})
        read = float(read_timeout) if isinstance(read_timeout, int | float) else self._read
        uploads = await self._open_uploads()
        try:
            return await uploads.send(method, url, fields, parts, read)
        except TimeoutError as error:
            raise TimedOut from error
        except OSError as error:
            raise NetworkError(type(error).__name__) from error


def check_answer(method: str, status: int, body: bytes) -> None:
    """Raises what `read_answer` raises; an answer that is well is not read any further."""
    if status != 200 or not body.startswith(b'{"ok":true'):
        read_answer(method, status, body)
