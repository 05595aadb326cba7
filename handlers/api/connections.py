"""Kept connections to one HTTP server, for small JSON posts: what the outbox and the intake send through.

aiohttp's client costs about five times as much for such a post (connector, redirects, cookies, header maps). Uploads and
python-telegram-bot's own calls still use it (`transport.py`). The parser is httptools, uvicorn's. Nothing here knows Telegram.

Why no answer can go to the wrong request: a connection carries one request at a time. It is closed after a time-out or an answer
that did not end properly, and never used again.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httptools

MOST_CONNECTIONS = 1000  # connections; with 30 ms of network 100 would be the limit at 500 people
IDLE_SECONDS = 30.0  # after which an unused connection is closed: servers close theirs after about a minute
SWEEP_SECONDS = 0.5  # between two looks for time-outs
LARGEST_ANSWER = 64 * 1024 * 1024  # of an answer

Answer = tuple[int, bytes]  # status, body


class NotSent(OSError):
    """The request surely did not reach the server."""


class CutOff(OSError):
    """The connection ended before the answer was complete; whether the server acted can't be known."""


class _Request:
    __slots__ = ("answer", "deadline", "payload")

    def __init__(self, payload: bytes, answer: "asyncio.Future[Answer]", deadline: float) -> None:
        self.payload, self.answer, self.deadline = payload, answer, deadline


class Connections:
    """Posts to `address` (`http://host:port` or `https://host`); `connect` is the time-out of connecting in seconds."""

    def __init__(self, address: str, connect: float) -> None:
        parts = urlsplit(address)
        self._host, self._connect = parts.hostname or "", connect
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._heads: dict[str, bytes] = {}
        self._authority = parts.netloc.encode()
        self._idle: list[_Connection] = []
        self._busy: set[_Connection] = set()
        self._waiting: deque[_Request] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._closed = False

    def post(self, path: str, body: bytes, timeout: float) -> "asyncio.Future[Answer]":
        """Begin at once; the future gives the answer, or raises NotSent, CutOff or TimeoutError (seconds, over all)."""
        head = self._heads.get(path)
        if head is None:
            head = self._heads[path] = self._make_head(path)
        answer: asyncio.Future[Answer] = self._loop.create_future()
        request = _Request(b"%b%d\r\n\r\n%b" % (head, len(body), body), answer, self._loop.time() + timeout)
        if self._closed:
            answer.set_exception(NotSent("the connections are closed"))
        elif connection := self._take_idle():
            self._start(connection, request)
        else:
            self._waiting.append(request)
            self._open()
        if self._timer is None and not self._closed:
            self._timer = self._loop.call_later(SWEEP_SECONDS, self._sweep)
        return answer

    async def close(self) -> None:
        """Close every connection; what is under way is cut off."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        while self._waiting:
            _fail(self._waiting.popleft(), NotSent("the connections are closed"))
        for connection in [*self._idle, *self._busy]:
            connection.close()
        await asyncio.sleep(0)  # so that the transports' own closing gets its turn

    def _make_head(self, path: str) -> bytes:
        words = f"POST {path} HTTP/1.1\r\nHost: ".encode() + self._authority
        return words + b"\r\nContent-Type: application/json\r\nContent-Length: "

    def _take_idle(self) -> "_Connection | None":
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closing():
                return connection
        return None

    def _start(self, connection: "_Connection", request: _Request) -> None:
        self._busy.add(connection)
        connection.request = request
        connection.write(request.payload)

    def _open(self) -> None:
        """One more connection, if there may be one and nobody is opening enough of them already."""
        if len(self._opening) < len(self._waiting) and len(self._busy) + len(self._idle) + len(self._opening) < MOST_CONNECTIONS:
            task = self._loop.create_task(self._connect_one())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _connect_one(self) -> None:
        try:
            async with asyncio.timeout(self._connect):
                _, connection = await self._loop.create_connection(
                    lambda: _Connection(self),
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host if self._tls else None,
                )
        except (OSError, TimeoutError) as error:
            if self._waiting:  # one attempt answers for one request, so that nobody waits for a server that is away
                _fail(self._waiting.popleft(), NotSent(f"{type(error).__name__}"))
            return
        self.free(connection)

    def free(self, connection: "_Connection") -> None:
        """The connection can take another request."""
        self._busy.discard(connection)
        while self._waiting:
            request = self._waiting.popleft()
            if not request.answer.done():
                self._start(connection, request)
                return
        connection.since = self._loop.time()
        self._idle.append(connection)

    def lost(self, connection: "_Connection") -> None:
        """The connection is no more."""
        self._busy.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if self._waiting and not self._closed:
            self._open()

    def _sweep(self) -> None:
        """Time-outs, and connections that nobody has used for long."""
        now = self._loop.time()
        for connection in [one for one in self._busy if one.request is None or one.request.deadline <= now]:
            connection.give_up()
        for request in [one for one in self._waiting if one.deadline <= now]:
            self._waiting.remove(request)
            _fail(request, NotSent("no connection became free in time"))
        while self._idle and self._idle[0].since < now - IDLE_SECONDS:  # the end is used first, so the oldest stand in front
            self._idle.pop(0).close()
        busy = self._busy or self._idle or self._waiting or self._opening
        self._timer = self._loop.call_later(SWEEP_SECONDS, self._sweep) if busy and not self._closed else None


class _Connection(asyncio.Protocol):
    """One connection; `request` is what it carries now. `write` and `is_closing` (the server has ended it, which `connection_lost`
    is about to tell) are the transport's own."""

    write: Callable[[bytes], None]
    is_closing: Callable[[], bool]

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._transport: Any = None
        self._parser: Any = None
        self._body: list[bytes] = []
        self._size = 0
        self.request: _Request | None = None
        self.since = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.write, self.is_closing = transport.write, transport.is_closing
        self._parser = httptools.HttpResponseParser(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._end(CutOff(f"not HTTP: {type(error).__name__}"))

    def on_body(self, piece: bytes) -> None:
        """The parser's: a part of the body."""
        self._body.append(piece)
        self._size += len(piece)
        if self._size > LARGEST_ANSWER:
            self._end(CutOff("the answer is too long"))

    def on_message_complete(self) -> None:
        """The parser's: the answer is whole."""
        request, self.request = self.request, None
        body, self._body, self._size = self._body, [], 0
        if request is None:
            self.close()
            return
        if not request.answer.done():
            request.answer.set_result((self._parser.get_status_code(), body[0] if len(body) == 1 else b"".join(body)))
        if self._parser.should_keep_alive():
            self._connections.free(self)
        else:
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._end(CutOff(type(error).__name__ if error else "closed by the server"))
        self._connections.lost(self)

    def give_up(self) -> None:
        """The answer took too long."""
        self._end(TimeoutError())

    def close(self) -> None:
        """No more."""
        self._end(CutOff("closed"))

    def _end(self, error: BaseException) -> None:
        request, self.request = self.request, None
        if request is not None:
            _fail(request, error)
        self._transport.abort()


def _fail(request: _Request, error: BaseException) -> None:
    if not request.answer.done():
        request.answer.set_exception(error)
