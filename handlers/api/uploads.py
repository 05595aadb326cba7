"""Calls that carry files, and those that python-telegram-bot makes itself: through aiohttp.

`Transport` loads this with the first upload: aiohttp would take a fifth of the bot's start, most of it for certificates.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

import aiohttp

from handlers.api.connections import Answer, CutOff, NotSent

CONNECTIONS = 64


class File(Protocol):
    """The upload to send: `handlers.api.transport.Upload`."""

    @property
    def name(self) -> str: ...

    @property
    def mime(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def read(self) -> Callable[[], AsyncIterator[bytes]]: ...


class Uploads:
    """One session; made in the event loop, closed once. Seconds for writing, connecting, and for a connection to become free.

    Every call raises what the connections raise: NotSent, CutOff, TimeoutError.
    """

    def __init__(self, write: float, connect: float, pool: float) -> None:
        self._write, self._connect, self._pool = write, connect, pool
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, limit_per_host=CONNECTIONS, keepalive_timeout=60)
        self._session = aiohttp.ClientSession(connector=connector)

    async def close(self) -> None:
        await self._session.close()

    async def send_files(self, url: str, fields: Mapping[str, str], files: Mapping[str, File], read: float) -> Answer:
        """Streamed in pieces as multipart; `read`: seconds for the whole of it besides writing."""
        form = aiohttp.FormData()
        for key, value in fields.items():
            form.add_field(key, value)
        for key, file in files.items():
            form.add_field(key, _payload(file), filename=file.name, content_type=file.mime)
        return await self._send("POST", url, form, read)

    async def send(
        self, verb: str, url: str, fields: Mapping[str, str] | None, parts: Mapping[str, tuple[str, Any, str]], read: float
    ) -> Answer:
        """A form; `parts` are files as PTB has them: key -> (name, content, MIME type)."""
        if not parts:
            return await self._send(verb, url, fields, read)
        form = aiohttp.FormData(fields or {})
        for key, (name, content, mime) in parts.items():
            form.add_field(key, content, filename=name, content_type=mime)
        return await self._send(verb, url, form, read)

    async def _send(self, verb: str, url: str, body: Any, read: float) -> Answer:
        # total covers pool, connecting, writing and reading; sock_connect tells a dead host early
        timeout = aiohttp.ClientTimeout(total=read + self._write, connect=self._pool, sock_connect=self._connect, sock_read=read)
        try:
            async with self._session.request(verb, url, data=body, timeout=timeout, allow_redirects=False) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from error
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise CutOff(type(error).__name__) from error


def _payload(file: File) -> aiohttp.AsyncIterablePayload:
    class Sized(aiohttp.AsyncIterablePayload):
        """Known size: a Content-Length instead of chunks, which Telegram's proxies like better."""

        @property
        def size(self) -> int | None:
            return file.size

    return Sized(file.read(), content_type=file.mime)
