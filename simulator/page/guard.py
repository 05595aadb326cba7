"""Guards the chat page: only this machine's own browser may ask, from the page itself, in small bodies.

The page has no accounts. Other web sites can neither rebind their name to this address (the Host must be a loopback name) nor post
from elsewhere. A browser names the Origin of every post and every WebSocket.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from simulator.world.loopback import is_loopback

MAX_BODY = 64 * 1024
"""Bytes of a request's body: a text of 4,096 UTF-16 units stays below 25 kB even when all of it is escaped."""


class Refusal(Exception):
    """The request cannot be done; `status` is HTTP's, the message a sentence for the person at the page."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def guarded(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Handler:
    """The handler behind the checks; a Refusal from it or from them becomes `{"error": sentence}` with its status."""

    async def checked(request: web.Request) -> web.StreamResponse:
        try:
            _check_host(request)
            _check_origin(request)
            return await handler(request)
        except Refusal as refusal:
            return json_response({"error": str(refusal)}, refusal.status)

    return checked


@web.middleware
async def refuse_other_sites(request: web.Request, handler: Handler) -> web.StreamResponse:
    """For the Bot API beside the page: a bot is no browser, so it names neither an Origin nor another Host."""
    if request.path.startswith(("/bot", "/file/")) and (not is_loopback(request.host) or "Origin" in request.headers):
        return json_response(
            {"ok": False, "error_code": 403, "description": "Forbidden: this Bot API is for this machine's bot"}, 403
        )
    return await handler(request)


async def read_object(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object. Raises Refusal for another type of content, one too long, or anything but an object."""
    if request.content_type != "application/json":
        raise Refusal(415, "The body must be application/json.")
    if (request.content_length or 0) > MAX_BODY:
        raise Refusal(413, f"The body may have {MAX_BODY} bytes.")
    body = bytearray()
    async for piece in request.content.iter_chunked(16 * 1024):
        body += piece
        if len(body) > MAX_BODY:
            raise Refusal(413, f"The body may have {MAX_BODY} bytes.")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(400, "The body is not JSON.") from error
    if not isinstance(value, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return value


def json_response(value: Any, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json", headers=headers)


def _check_host(request: web.Request) -> None:
    if not is_loopback(request.host):
        raise Refusal(403, "This page answers on its own machine only.")


def _check_origin(request: web.Request) -> None:
    """A post, and the handshake of a WebSocket, must come from the page; other reads are kept apart by the browser itself."""
    changes = request.method not in ("GET", "HEAD")
    origin = request.headers.get("Origin")
    if origin is None or not (changes or request.headers.get("Upgrade")):
        return  # no browser sends a post or a handshake without an Origin
    if origin != f"{request.scheme}://{request.host}":
        raise Refusal(403, "Another site may not act here.")
