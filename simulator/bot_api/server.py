"""The Bot API over HTTP on loopback: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import asyncio
import re
from inspect import isawaitable
from typing import Any

from aiohttp import web

from simulator.bot_api.answers import make_answer, make_refusal
from simulator.bot_api.bodies import Params, read_params
from simulator.bot_api.checks import Refusal
from simulator.bot_api.fault_answers import FaultyAnswers
from simulator.bot_api.methods import METHODS
from simulator.world.world import World

_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_LARGEST_BODY = 64 * 1024 * 1024  # bytes; uploads are bounded with Telegram's words in bodies.py


class Simulator:
    """Serves a world. `app` is open for more routes until `start`; port 0 takes a free one."""

    def __init__(self, world: World, host: str = "127.0.0.1", port: int = 0) -> None:
        self.world = world
        self._faulty = FaultyAnswers(world, self._call)
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
            params = await read_params(request, self.world.upload_rate, not self.world.files.are_kept)
            self.world.calls[method] += 1
            if self.world.latency:
                await asyncio.sleep(self.world.latency)
            fault = self._faulty.pick(method, params)
            if fault is not None:
                return await self._faulty.answer(request, fault, method, params)
            return make_answer(await self._call(method, params))
        except Refusal as refusal:
            return make_refusal(refusal)

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
            return make_refusal(refusal)
        file = self.world.files.by_path.get(request.match_info["path"])
        if file is None:
            return make_refusal(Refusal("Not Found", 404))
        return web.Response(body=self.world.files.read(file), content_type="application/octet-stream")

    async def _answer_webhook(self, call: dict[str, Any]) -> None:
        await self._faulty.apply(str(call.pop("method")).lower(), call)
