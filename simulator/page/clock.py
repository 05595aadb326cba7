"""The clock of the chat page: what time is told there, and putting it forward."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from simulator.page.guard import Refusal, json_response, read_object
from simulator.world.world import World

FARTHEST = 10 * 365 * 86_400.0  # seconds ahead of the machine's time


class ClockApi:
    """The handlers of `/api/clock`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[tuple[str, str, Any]]:
        """(method, path, handler) of each."""
        return [("GET", "/api/clock", self.tell), ("POST", "/api/clock", self.put)]

    async def tell(self, _request: web.Request) -> web.Response:
        """`{now}`, Unix seconds."""
        return json_response({"now": self._world.now()})

    async def put(self, request: web.Request) -> web.Response:
        """`{moment}` (Unix seconds) or `{forward}` (seconds from now) -> `{now}`. Raises Refusal for a moment that is over."""
        moment = self._read(await read_object(request))
        if moment - self._world.clock() > FARTHEST:
            raise Refusal(400, "The clock goes ten years ahead at most.")
        try:
            self._world.put_clock(moment)
        except ValueError as error:
            raise Refusal(409, "The clock goes forward only. What was said so far would lie ahead of us.") from error
        return json_response({"now": self._world.now()})

    def _read(self, body: Mapping[str, Any]) -> float:
        if "forward" in body:
            return self._world.now() + _seconds(body, "forward")
        return _seconds(body, "moment")


def _seconds(body: Mapping[str, Any], name: str) -> float:
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Refusal(400, f"{name} must be a number of seconds.")
    return float(value)
