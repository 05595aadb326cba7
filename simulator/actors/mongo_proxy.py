"""A wire between the bot and MongoDB that slows, breaks, loses acknowledgements after the write, or is away for a while.

It reads just enough of the protocol (mongodb.com/docs/manual/reference/mongodb-wire-protocol) to tell writes and their answers. All
else goes through as it is. The server beside it stays well.
"""

import asyncio
import logging
import random
import struct
from collections import Counter
from urllib.parse import SplitResult, urlsplit

WRITES = frozenset({b"insert", b"update", b"delete", b"findandmodify", b"bulkwrite", b"committransaction"})
PORT = 27017  # when the address names none

_HEADER = struct.Struct("<iiii")  # length of all, id, id of the request that is answered, kind of message
_OP_MSG = 2013
_COMMAND_AT = 4 + 1 + 4 + 1  # bytes before the command's name: flags, kind of section, length of the document, type of its field
_BODY = 0  # kind of section

logger = logging.getLogger(__name__)

Pair = tuple[asyncio.StreamWriter, asyncio.StreamWriter]


class MongoProxy:
    """Everything may be switched at any moment: `away` (no connection is let in, those there are cut), `cuts` (the share of writes
    whose answer and connection are lost), `seconds` (that every request takes besides). `hits` counts the connections refused as
    `away`, lost answers as `cuts`.
    """

    def __init__(self, uri: str, seed: int = 0) -> None:
        """Raises ValueError for an address that is not that of one server without TLS; the words never hold the address."""
        self._target = _read_address(uri)
        self._random = random.Random(seed)
        self._server: asyncio.Server | None = None
        self._pairs: dict[Pair, tuple[asyncio.Task[None], ...]] = {}
        self._away = False
        self.cuts = self.seconds = 0.0
        self.hits: Counter[str] = Counter()

    @property
    def uri(self) -> str:
        """Its own address, once started: the server's with another host and port. Asks the driver not to look for other members."""
        assert self._server is not None, "start() first"
        port = self._server.sockets[0].getsockname()[1]
        user, mark, _ = self._target.netloc.rpartition("@")
        query = "&".join(part for part in (self._target.query, "directConnection=true") if part)
        return self._target._replace(netloc=f"{user}{mark}127.0.0.1:{port}", path=self._target.path or "/", query=query).geturl()

    @property
    def away(self) -> bool:
        """Whether the database can't be reached."""
        return self._away

    @away.setter
    def away(self, away: bool) -> None:
        self._away = away
        if away:
            self.cut_connections()

    def cut_connections(self) -> None:
        """All of them, in the middle of whatever they do."""
        for pair in list(self._pairs):
            _abort(pair)

    async def start(self) -> None:
        """Listen on a free port of this machine."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)

    async def stop(self) -> None:
        """End every connection."""
        if self._server is not None:
            self._server.close()
            self.cut_connections()
            while self._pairs:  # noqa: ASYNC110 - each is let go by its own task
                await asyncio.sleep(0)
            await self._server.wait_closed()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._away:
            self.hits["away"] += 1
            writer.transport.abort()
            return
        try:
            answers, requests = await asyncio.open_connection(self._target.hostname, self._target.port or PORT)
        except OSError:
            writer.transport.abort()
            return
        lost: set[int] = set()
        there, back = self._hand_on(reader, requests, lost), self._hand_back(answers, writer, lost)
        await self._until_either_ends((writer, requests), (asyncio.create_task(there), asyncio.create_task(back)))

    async def _until_either_ends(self, pair: Pair, tasks: tuple[asyncio.Task[None], ...]) -> None:
        """Either side has gone: the other one is let go too."""
        self._pairs[pair] = tasks
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            _abort(pair)
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            del self._pairs[pair]
        for outcome in outcomes:
            if not isinstance(outcome, (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError)):
                logger.error("the wire failed: %r", outcome)

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: set[int]) -> None:
        """What the bot says; `lost` are the requests whose answer will not arrive."""
        while True:
            header, body = await _read_message(reader)
            _, number, _, kind = _HEADER.unpack(header)
            if read_command(kind, body) in WRITES and self._random.random() < self.cuts:
                lost.add(number)
            if self.seconds:
                await asyncio.sleep(self.seconds)
            writer.write(header + body)
            await writer.drain()

    async def _hand_back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: set[int]) -> None:
        while True:
            header, body = await _read_message(reader)
            if _HEADER.unpack(header)[2] in lost:
                self.hits["cuts"] += 1
                raise ConnectionResetError("an acknowledgement is lost")
            writer.write(header + body)
            await writer.drain()


def read_command(kind: int, body: bytes) -> bytes:
    """The name of the command in a message, in lower case; empty for anything else."""
    if kind != _OP_MSG or len(body) <= _COMMAND_AT or body[4] != _BODY:
        return b""
    return body[_COMMAND_AT : body.index(b"\0", _COMMAND_AT)].lower()


async def _read_message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    header = await reader.readexactly(_HEADER.size)
    return header, await reader.readexactly(_HEADER.unpack(header)[0] - _HEADER.size)


def _abort(pair: Pair) -> None:
    for writer in pair:
        writer.transport.abort()


def _read_address(uri: str) -> SplitResult:
    parts = urlsplit(uri)
    options = parts.query.lower()
    if parts.scheme != "mongodb" or not parts.hostname or "," in parts.netloc or "tls=true" in options or "ssl=true" in options:
        raise ValueError("faults on MongoDB's wire need the address of one server without TLS, like mongodb://host:27017")
    return parts
