"""The parameters of a Bot API request: query string, JSON, form and multipart bodies, GET and POST."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import BodyPartReader, web

from simulator.checks import Refusal

LARGEST_UPLOAD = 50 * 1024 * 1024  # bytes; core.telegram.org/bots/api#sending-files: "50 MB max size for other files"
_LARGEST_BODY = LARGEST_UPLOAD + 1024 * 1024
_PIECE = 256 * 1024

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the request; `digest` is the sha256 of its bytes."""

    name: str
    mime_type: str
    data: bytes
    digest: str


async def read_params(request: web.Request, rate: float = 0.0) -> Params:
    """All parameters by name: text from queries and forms, any JSON value from JSON bodies, `Upload`s. Raises Refusal.

    `rate`: bytes a second at which an upload is taken, as over a real network; 0 for as fast as it comes.
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
        params.update(await _read_parts(request, rate))
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


async def _read_parts(request: web.Request, rate: float) -> Params:
    params: Params = {}
    left = _LARGEST_BODY
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            digest = hashlib.sha256()
            data = bytearray()
            while piece := await part.read_chunk(_PIECE):
                digest.update(piece)
                data += piece
                left -= len(piece)
                if rate:
                    await asyncio.sleep(len(piece) / rate)
                if left < 0:
                    await _drain(request)
                    raise Refusal("Request Entity Too Large", 413)
            if part.filename is None:
                params[part.name] = data.decode("utf-8", "replace")
            else:
                mime = part.headers.get("Content-Type", "")
                params[part.name] = Upload(part.filename, mime, bytes(data), digest.hexdigest())
    except ValueError:  # aiohttp's word for a broken multipart body
        raise Refusal("Bad Request: can't parse multipart body") from None
    return params


async def _drain(request: web.Request) -> None:
    """Read what is still coming, so that the client gets the answer instead of a broken pipe."""
    async for _ in request.content.iter_chunked(_PIECE):
        pass
