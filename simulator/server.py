"""The Bot API over HTTP on loopback: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import asyncio
import logging
import re
from inspect import isawaitable
from typing import Any

import orjson
from aiohttp import web

from simulator.bodies import Params, read_params
from simulator.checks import Refusal
from simulator.faults import Fault
from simulator.methods import METHODS
from simulator.world import World

log = logging.getLogger(__name__)

_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_LARGEST_BODY = 64 * 1024 * 1024  # bytes; uploads are bounded with Telegram's words in bodies.py
_HTML = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


class Simulator:
    """Serves a world. `app` is open for more routes until `start`; port 0 takes a free one."""

    def __init__(self, world: World, host: str = "127.0.0.1", port: int = 0) -> None:
        self.world = world
        self.app = web.Application(client_max_size=_LARGEST_BODY)
        self.app.router.add_route("*", "/bot{token}/{method}", self._handle)
        self.app.router.add_route("*", "/bot{token}/{method}/", self._handle)
        self.app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, once started."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen, and deliver to the webhook if one is set. Raises OSError when the port is taken."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, self._host, self._port)
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self._port = self._runner.addresses[0][1]
        self.world.webhook.answer = self._answer_webhook
        await self.world.webhook.start()

    async def stop(self) -> None:
        """Close every connection and end deliveries; the world stays as it is."""
        await self.world.webhook.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].lower()
        try:
            self._check_token(request.match_info["token"])
            params = await read_params(request, self.world.upload_rate)
            self.world.calls[method] += 1
            if self.world.latency:
                await asyncio.sleep(self.world.latency)
            if self.world.faults:
                fault = self.world.faults.pick(method, _read_chat_id(params))
                if fault is not None:
                    return await self._fail(request, fault, method, params)
            return _answer(await self._call(method, params))
        except Refusal as refusal:
            return _refuse(refusal)

    def _check_token(self, token: str) -> None:
        if token != self.world.token:
            raise Refusal("Unauthorized", 401) if _TOKEN.fullmatch(token) else Refusal("Not Found", 404)

    async def _call(self, method: str, params: Params) -> Any:
        carry_out = METHODS.get(method)
        if carry_out is None:
            raise Refusal("Not Found", 404)
        result = carry_out(self.world, params)
        return await result if isawaitable(result) else result

    async def _download(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request.match_info["token"])
        except Refusal as refusal:
            return _refuse(refusal)
        file = self.world.files.by_path.get(request.match_info["path"])
        if file is None:
            return _refuse(Refusal("Not Found", 404))
        return web.Response(body=self.world.files.read(file), content_type="application/octet-stream")

    async def _fail(self, request: web.Request, fault: Fault, method: str, params: Params) -> web.StreamResponse:
        """What a fault makes of a call."""
        options = fault.options
        match fault.kind:
            case "delay":
                await asyncio.sleep(options["seconds"])
                return _answer(await self._call(method, params))
            case "duplicate_updates":
                return await self._repeat(params)
            case "hang":
                if options["applied"]:
                    await self._apply(method, params)
                await asyncio.sleep(options["seconds"])
                return _cut(request)
            case "reset_before":
                return _cut(request)
            case "reset_after":
                await self._apply(method, params)
                return _cut(request)
            case "html":
                return web.Response(
                    status=options["code"], text=_HTML.format(f"{options['code']} Bad Gateway"), content_type="text/html"
                )
        raise _make_refusal(fault)

    async def _apply(self, method: str, params: Params) -> None:
        """Carry a call out whose answer nobody will see."""
        try:
            await self._call(method, params)
        except Refusal as refusal:
            log.debug("%s would have been refused: %s", method, refusal.description)

    async def _repeat(self, params: Params) -> web.Response:
        """getUpdates whose answer begins with updates that the bot confirmed before."""
        result = await self._call("getupdates", params)
        fresh = orjson.loads(orjson.dumps(result))
        known = {update["update_id"] for update in fresh}
        again = [orjson.loads(update.body) for update in self.world.updates.recent if update.id not in known]
        return _answer(again + fresh)

    async def _answer_webhook(self, call: dict[str, Any]) -> None:
        await self._apply(str(call.pop("method")).lower(), call)


def _read_chat_id(params: Params) -> int | None:
    try:
        return int(params.get("chat_id") or 0) or None
    except (TypeError, ValueError):
        return None


def _answer(result: Any) -> web.Response:
    return web.Response(body=orjson.dumps({"ok": True, "result": result}), content_type="application/json")


def _refuse(refusal: Refusal) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return web.Response(status=refusal.code, body=orjson.dumps(body), content_type="application/json")


def _cut(request: web.Request) -> web.Response:
    """Break the connection off without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _make_refusal(fault: Fault) -> Refusal:
    options = fault.options
    match fault.kind:
        case "too_many_requests":
            seconds = options["retry_after"]
            return Refusal(f"Too Many Requests: retry after {seconds}", 429, {"retry_after": seconds})
        case "server_error":
            return Refusal("Internal Server Error", options["code"])
        case "not_found":
            return Refusal("Not Found", 404)
        case "unauthorized":
            return Refusal("Unauthorized", 401)
        case "conflict":
            words = "terminated by other getUpdates request; make sure that only one bot instance is running"
            return Refusal(f"Conflict: {words}", 409)
        case "forbidden":
            return Refusal(options["description"], 403)
    return Refusal(options["description"])
