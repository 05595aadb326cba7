"""The chat page's API of faults: which there are, which are on, and switching them on and off."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from simulator.bot_api.methods import METHODS
from simulator.page.guard import Refusal, json_response, read_object
from simulator.world.fault_kinds import SHAPES, TABLE
from simulator.world.faults import Fault
from simulator.world.world import World

MOST = 50
"""Rules that may be on at once."""

# Methods that the page offers, as the Bot API writes them; the API takes every method that the simulator knows.
OFFERED = (
    "getUpdates",
    "sendMessage",
    "sendPhoto",
    "sendVideo",
    "sendAudio",
    "sendVoice",
    "sendAnimation",
    "sendDocument",
    "sendMediaGroup",
    "sendChatAction",
    "editMessageText",
    "editMessageCaption",
    "editMessageReplyMarkup",
    "answerCallbackQuery",
    "deleteMessage",
    "getFile",
    "getMe",
)
_NAMES = {name.lower(): name for name in OFFERED}


class FaultsApi:
    """The handlers of `/api/faults`. Each answers with all that is on: `{rules: […]}`; each raises Refusal for what can't be."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[tuple[str, str, Any]]:
        """(method, path, handler) of each."""
        return [
            ("GET", "/api/faults", self.list_all),
            ("POST", "/api/faults", self.add),
            ("POST", "/api/faults/{id:[0-9]{1,15}}/remove", self.remove),
            ("POST", "/api/faults/clear", self.clear),
        ]

    async def list_all(self, _request: web.Request) -> web.Response:
        """Besides, what can be chosen: `{kinds: [{kind, title, group, options, is_of_updates}], methods, shapes, rules}`."""
        kinds = [
            {"kind": name, "title": one.title, "group": one.group, "options": one.options, "is_of_updates": one.is_of_updates}
            for name, one in TABLE.items()
        ]
        return json_response({"kinds": kinds, "methods": OFFERED, "shapes": SHAPES, "rules": self._list_rules()})

    async def add(self, request: web.Request) -> web.Response:
        """`{kind, method?, chat?, probability?, times?, options?}`; without a method and a chat it is for all of them."""
        body = await read_object(request)
        if len(self._world.faults.list_rules()) >= MOST:
            raise Refusal(409, f"There are {MOST} faults already; switch one off first.")
        try:
            self._world.faults.add(
                _read_method(body),
                _read_chat(body, self._world),
                _read_number(body, "probability", 1.0),
                kind=_read(body, "kind", str, ""),
                times=_read(body, "times", int, None),
                **_read(body, "options", dict, {}),
            )
        except (ValueError, TypeError) as error:
            raise Refusal(400, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
        return json_response({"rules": self._list_rules()}, 201)

    async def remove(self, request: web.Request) -> web.Response:
        """One that has gone already is fine."""
        self._world.faults.remove(int(request.match_info["id"]))
        return json_response({"rules": self._list_rules()})

    async def clear(self, _request: web.Request) -> web.Response:
        """All of them."""
        self._world.faults.clear()
        return json_response({"rules": self._list_rules()})

    def _list_rules(self) -> list[dict[str, Any]]:
        return [_describe(*entry) for entry in self._world.faults.list_rules()]


def _describe(rule: Fault, hits: int, left: int | None) -> dict[str, Any]:
    return {
        "id": rule.id,
        "kind": rule.kind,
        "title": TABLE[rule.kind].title,
        "method": _NAMES.get(rule.method, rule.method),
        "chat": rule.chat,
        "probability": rule.probability,
        "options": rule.options,
        "hits": hits,
        "left": left,
    }


def _read(body: Mapping[str, Any], name: str, kind: type, default: Any) -> Any:
    """The value of that name; absent and null are the default. Raises Refusal for one of another type."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Refusal(400, f"{name} can't be {str(value)[:40]}.")
    return value


def _read_number(body: Mapping[str, Any], name: str, default: float) -> float:
    value = body.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Refusal(400, f"{name} must be a number.")
    return float(value)


def _read_method(body: Mapping[str, Any]) -> str:
    method: str = _read(body, "method", str, "*")
    if method != "*" and method.lower() not in METHODS:
        raise Refusal(400, f"The Bot API has no method {method[:40]} here.")
    return method


def _read_chat(body: Mapping[str, Any], world: World) -> int | None:
    chat: int | None = _read(body, "chat", int, None)
    if chat is not None and chat not in world.chats:
        raise Refusal(404, "There is no chat with that id.")
    return chat
