"""The bytes that the chat page shows: its own files, and the media of messages."""

import re
from pathlib import Path

from aiohttp import hdrs, web

from simulator.page.guard import Refusal
from simulator.world.world import World

STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Media that a browser may show in the page's own origin: none of these types can carry a script (SVG can).
_SHOWN = re.compile(r"(?:audio|video)/[\w.+-]+|image/(?:png|jpeg|gif|webp|bmp)")


class StaticFiles:
    """The page's own files, read once: they are small, and so a request never waits for the disk."""

    def __init__(self, title: str) -> None:
        self._files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in _TYPES}
        self._index = self._files.pop("index.html").replace(b"{{title}}", _escape(title).encode())

    async def index(self, _request: web.Request) -> web.Response:
        return _own_file("index.html", self._index)

    async def find(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._files:
            raise Refusal(404, "There is no such file.")
        return _own_file(name, self._files[name])


class MediaFiles:
    """The files of messages, by file_id."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def find(self, request: web.Request) -> web.Response:
        """The bytes, whole or the asked range (video needs ranges to jump); types that could run are downloads only."""
        file = self._world.files.find(request.match_info["file_id"])
        if file is None:
            raise Refusal(404, "There is no such file.")
        data = self._world.files.read(file)
        shown = _SHOWN.fullmatch(file.mime_type) is not None and file.kind != "document"
        headers = {
            hdrs.ACCEPT_RANGES: "bytes",
            hdrs.CACHE_CONTROL: "private, max-age=86400",  # a file_id never changes its bytes
            hdrs.CONTENT_DISPOSITION: "inline" if shown else "attachment",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        content_type = file.mime_type if shown else "application/octet-stream"
        start, end = _find_range(request, len(data))
        if (start, end) == (0, len(data)):
            return web.Response(body=data, headers=headers, content_type=content_type)
        headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{end - 1}/{len(data)}"
        return web.Response(status=206, body=data[start:end], headers=headers, content_type=content_type)


def _find_range(request: web.Request, size: int) -> tuple[int, int]:
    """First byte and the one after the last of what was asked for; everything without a range."""
    try:
        wanted = request.http_range
    except ValueError as error:
        raise Refusal(416, "This range cannot be read.") from error
    start, end, _ = wanted.indices(size)
    if size and start >= end:
        raise Refusal(416, "The file is shorter than that.")
    return start, end


def _own_file(name: str, data: bytes) -> web.Response:
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
    return web.Response(body=data, headers=headers, content_type=_TYPES[Path(name).suffix], charset="utf-8")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
