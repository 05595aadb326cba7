"""Faults turn a call of the bot into one of these answers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http.client import responses
from typing import Any

import orjson
from aiohttp import web

from simulator.bot_api.answers import make_answer
from simulator.bot_api.checks import Params, Refusal
from simulator.world.fault_kinds import REFUSALS, WRONG_FILE_TO_GET
from simulator.world.faults import Fault
from simulator.world.groups import move_group
from simulator.world.world import World

log = logging.getLogger(__name__)

Carry = Callable[[str, Params], Awaitable[Any]]

_HTML = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


class FaultyAnswers:
    """`carry_out(method, params)` does what a call asks for."""

    def __init__(self, world: World, carry_out: Carry) -> None:
        self._world, self._carry_out = world, carry_out

    def pick(self, method: str, params: Params) -> Fault | None:
        """The fault that hits this call."""
        return self._world.faults.pick(method, self._find_chat(params), params) if self._world.faults else None

    async def answer(self, request: web.Request, fault: Fault, method: str, params: Params) -> web.StreamResponse:
        """The answer, when there is one. Raises Refusal."""
        options = fault.options
        match fault.kind:
            case "delay":
                return await self._delay(options, method, params)
            case "duplicate_updates":
                return await self._repeat(fault.chat, params)
            case "hang":
                if options["applied"]:
                    await self.apply(method, params)
                await asyncio.sleep(options["seconds"])
                return _cut(request)
            case "reset_before":
                return _cut(request)
            case "reset_after":
                await self.apply(method, params)
                return _cut(request)
            case "html":
                status = options["code"]
                words = f"{status} {responses.get(status, 'Error')}"
                return web.Response(status=status, text=_HTML.format(words), content_type="text/html")
        raise self._refuse(fault, method, params)

    async def apply(self, method: str, params: Params) -> None:
        """Carry a call out whose answer nobody will see."""
        try:
            await self._carry_out(method, params)
        except Refusal as refusal:
            log.debug("%s would have been refused: %s", method, refusal.description)

    async def _delay(self, options: dict[str, Any], method: str, params: Params) -> web.Response:
        if not options["applied"]:
            await asyncio.sleep(options["seconds"])
            return make_answer(await self._carry_out(method, params))
        result = await self._carry_out(method, params)
        await asyncio.sleep(options["seconds"])
        return make_answer(result)

    async def _repeat(self, chat: int | None, params: Params) -> web.Response:
        """getUpdates whose answer begins with updates (of that chat) that the bot confirmed before."""
        result = await self._carry_out("getupdates", params)
        fresh = orjson.loads(orjson.dumps(result))
        known = {update["update_id"] for update in fresh}
        recent = [one for one in self._world.updates.recent if one.id not in known and chat in (None, one.lane)]
        again = [orjson.loads(update.body) for update in recent]
        return make_answer(again + fresh)

    def _refuse(self, fault: Fault, method: str, params: Params) -> Refusal:
        options, chat = fault.options, self._find_chat(params)
        match fault.kind:
            case "too_many_requests":
                seconds = options["retry_after"]
                return Refusal(f"Too Many Requests: retry after {seconds}", 429, {"retry_after": seconds})
            case "server_error":
                return Refusal("Internal Server Error", options["code"])
            case "forbidden":
                return Refusal(options["description"], 403)
            case "bad_request":
                return Refusal(options["description"])
            case "wrong_file_id" if method == "getfile":
                return Refusal(WRONG_FILE_TO_GET)
            case "blocked" if chat in self._world.people:
                self._block(chat, options["seconds"])
            case "chat_migrated" if chat is not None:
                refusal = REFUSALS[fault.kind]
                return Refusal(refusal.description, refusal.code, {"migrate_to_chat_id": move_group(self._world, chat)})
        return Refusal(REFUSALS[fault.kind].description, REFUSALS[fault.kind].code)

    def _block(self, person: int, seconds: float) -> None:
        """The bot is told of it (my_chat_member), and again when it is let in after that time; 0 is for good."""
        self._world.block(person)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._world.unblock, person)

    def _find_chat(self, params: Params) -> int | None:
        """The chat that a call is about; for the answer to a press the chat of its button."""
        if "callback_query_id" in params:
            return self._world.queries.chat_of(str(params["callback_query_id"]))
        try:
            return int(params.get("chat_id") or 0) or None
        except (TypeError, ValueError):
            return None


def _cut(request: web.Request) -> web.Response:
    """Break the connection off without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
