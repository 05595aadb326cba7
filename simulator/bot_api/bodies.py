"""The parameters of a Bot API request: query string, JSON, form and multipart bodies, GET and POST."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import BodyPartReader, web

from simulator.bot_api.checks import Refusal

LARGEST_UPLOAD = 50 * 1024 * 1024  # bytes; core.telegram.org/bots/api#sending-files: "50 MB max size for other files"
_LARGEST_BODY = LARGEST_UPLOAD + 1024 * 1024
_PIECE = 256 * 1024
_HEAD = 64 * 1024  # bytes: so much is kept of an upload that is only counted; names and sizes of pictures stand there

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the request: `size` in bytes, `digest` the sha256 of them.

    One that is only counted has the head of it as `data`, and a digest of that and the size.
    """

    name: str
    mime_type: str
    data: bytes
    size: int
    digest: str


async def read_params(request: web.Request, rate: float = 0.0, counted: bool = False) -> Params:
    """All parameters by name: text from queries and forms, any JSON value from JSON bodies, `Upload`s. Raises Refusal.

    `rate`: bytes a second at which an upload is taken, as over a real network; 0 for as fast as it comes. `counted`: uploads are
    neither kept nor hashed, which at Telegram's would cost nobody here anything, and is most of what an upload takes.
    """
    params: Params = dict(request.query) if request.query_string else {}
    if not request.can_read_body:
        return params
    kind = request.content_type
    if (request.content_length or 0) > _LARGEST_BODY:
        await _drain(request)
        raise Refusal("Request Entity Too Large", 413)
    if kind == "application/json":
        params.update(_read_json(await request.read()))
    elif kind == "application/x-www-form-urlencoded":
        params.update({name: value for name, value in (await request.post()).items() if isinstance(value, str)})
    elif kind == "multipart/form-data":
        params.update(await _read_parts(request, rate, counted))
    return params


def _read_json(body: bytes) -> Params:
    if not body:
        return {}
    try:
        params = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal("Bad Request: can't parse JSON object") from None
    if not isinstance(params, dict):
        raise Refusal("Bad Request: can't parse JSON object: object expected")
    return params


async def _read_parts(request: web.Request, rate: float, counted: bool) -> Params:
    params: Params = {}
    left = _LARGEST_BODY
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            content = _Content(counted and part.filename is not None)
            while piece := await part.read_chunk(_PIECE):
                content.take(piece)
                left -= len(piece)
                if rate:
                    await asyncio.sleep(len(piece) / rate)
                if left < 0:
                    await _drain(request)
                    raise Refusal("Request Entity Too Large", 413)
            if part.filename is None:
                params[part.name] = content.data.decode("utf-8", "replace")
            else:
                params[part.name] = content.make_upload(part.filename, part.headers.get("Content-Type", ""))
    except ValueError:  # aiohttp's word for a broken multipart body
        raise Refusal("Bad Request: can't parse multipart body") from None
    return params


class _Content:
    """A part's bytes as they come."""

    def __init__(self, counted: bool) -> None:
        self._counted, self._size, self._digest = counted, 0, hashlib.sha256()
        self.data = bytearray()

    def take(self, piece: bytes) -> None:
        self._size += len(piece)
        kept = piece[: max(0, _HEAD - len(self.data))] if self._counted else piece
        self._digest.update(kept)
        self.data += kept

    def make_upload(self, name: str, mime_type: str) -> Upload:
        if self._counted:
            self._digest.update(b"%d" % self._size)
        return Upload(name, mime_type, bytes(self.data), self._size, self._digest.hexdigest())


async def _drain(request: web.Request) -> None:
    """Read what is still coming, so that the client gets the answer instead of a broken pipe."""
    async for _ in request.content.iter_chunked(_PIECE):
        pass
