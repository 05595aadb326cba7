"""The world's events, told to the open pages over a WebSocket each."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import orjson
from aiohttp import web

from simulator.world.chats import Event
from simulator.world.world import World

QUEUE = 2000
"""Events that a page may lag behind; one that lags more is told `missed` and reads everything anew."""

HEARTBEAT = 20.0
"""Seconds between pings; a page that answers none is let go."""


class Reader:
    """The events that one page has not been sent yet, as JSON."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._arrived = asyncio.Event()

    def put(self, text: str, seq: int) -> None:
        if len(self._waiting) >= QUEUE:
            self._waiting.clear()
            text = _as_json("missed", 0, {}, seq)
        self._waiting.append(text)
        self._arrived.set()

    async def next(self) -> str:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()


class Feed:
    """Numbers the world's events and hands each to every reader. `seq` is the number of the latest.

    A snapshot with `seq` holds all events up to it, since both are made in one go on the event loop. So a page can put the later
    ones on top of it.
    """

    def __init__(self, world: World) -> None:
        self.seq = 0
        self._world = world
        self._readers: set[Reader] = set()
        self._sockets: set[web.WebSocketResponse] = set()
        world.subscribe(self._tell)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`/api/events`: `hello` first, then `{seq, kind, person_id, data}` for each event, until either side leaves."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, compress=False, max_msg_size=1024)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            with self._reader() as reader:
                sending = asyncio.create_task(_send(socket, reader))
                try:
                    async for _ in socket:
                        pass  # a page only listens; this notices that it has gone
                finally:
                    sending.cancel()
                    with suppress(asyncio.CancelledError):
                        await sending
        finally:
            self._sockets.discard(socket)
        return socket

    async def close(self, _app: web.Application) -> None:
        """Stop listening and let every page go, so that the server can stop."""
        self._world.unsubscribe(self._tell)
        await asyncio.gather(*(socket.close(code=1001, message=b"the demo stops") for socket in set(self._sockets)))

    @contextmanager
    def _reader(self) -> Iterator[Reader]:
        reader = Reader()
        reader.put(_as_json("hello", 0, {}, self.seq), self.seq)
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)

    def _tell(self, event: Event) -> None:
        self.seq += 1
        if not self._readers:
            return
        text = _as_json(event.kind, event.person_id, event.data, self.seq)
        for reader in self._readers:
            reader.put(text, self.seq)


def _as_json(kind: str, person_id: int, data: dict[str, object], seq: int) -> str:
    return orjson.dumps({"seq": seq, "kind": kind, "person_id": person_id, "data": data}).decode()


async def _send(socket: web.WebSocketResponse, reader: Reader) -> None:
    try:
        while True:
            await socket.send_str(await reader.next())
    except ConnectionError:
        return  # the page has gone; whoever reads from the socket learns of it too
