"""Every kind of fault with what it may hit and its options. The Python API and the chat page both go by this table.

The words of refusals are the real server's (tdlib/telegram-bot-api, Client.cpp, and tdlib/td).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

GET_UPDATES = "getupdates"

Fits = Callable[[str, Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """`title` and `group` are for people. `fits(method, params)`: which calls it may hit at all (method in lower case).

    `options` with their defaults; seconds are real seconds. `is_of_updates`: it happens to an update on its way to the bot, by poll
    or webhook.
    """

    title: str
    group: str
    options: Mapping[str, Any] = field(default_factory=dict)
    fits: Fits = lambda _method, _params: True
    is_of_updates: bool = False


@dataclass(frozen=True, slots=True)
class Refusing:
    """The answer of a kind whose words never change."""

    code: int
    description: str


def _is_edit(method: str, _params: Mapping[str, Any]) -> bool:
    return method.startswith("editmessage")


def _is_toast(method: str, _params: Mapping[str, Any]) -> bool:
    return method == "answercallbackquery"


def _is_formatted(_method: str, params: Mapping[str, Any]) -> bool:
    """Plain text can always be read."""
    return any(params.get(name) for name in ("parse_mode", "entities", "caption_entities"))


def _has_file_id(method: str, params: Mapping[str, Any]) -> bool:
    """A file that Telegram is said to have; uploads and addresses go on working."""
    if method == "getfile":
        return True
    if method in ("sendmediagroup", "editmessagemedia"):
        return "attach://" not in str(params.get("media"))
    given = params.get(method.removeprefix("send"))
    return isinstance(given, str) and method.startswith("send") and not given.startswith(("attach://", "http://", "https://"))


def _has_chat(_method: str, params: Mapping[str, Any]) -> bool:
    return bool(params.get("chat_id"))


def _is_poll(method: str, _params: Mapping[str, Any]) -> bool:
    return method == GET_UPDATES


def _of_updates(title: str, **options: Any) -> Kind:
    return Kind(title, "Updates", options, _is_poll, is_of_updates=True)


TABLE: dict[str, Kind] = {
    "too_many_requests": Kind("429: too many requests", "Answers", {"retry_after": 1}),
    "server_error": Kind("5xx: internal server error", "Answers", {"code": 500}),
    "html": Kind("An HTML error page", "Answers", {"code": 502}),
    "hang": Kind("No answer (it hangs)", "Connection", {"seconds": 60.0, "applied": False}),
    "reset_before": Kind("Connection reset before delivery", "Connection"),
    "reset_after": Kind("Connection reset after delivery", "Connection"),
    "delay": Kind("The answer comes late", "Connection", {"seconds": 1.0, "applied": False}),
    "not_found": Kind("404: not found", "Answers"),
    "unauthorized": Kind("401: the token is refused", "Answers"),
    "conflict": Kind("409: another poll", "Answers"),
    "blocked": Kind("The person blocks the bot", "Refusals", {"seconds": 0.0}, _has_chat),
    "forbidden": Kind("403: forbidden", "Refusals", {"description": "Forbidden: bot was blocked by the user"}),
    "chat_not_found": Kind("Chat not found", "Refusals", {}, _has_chat),
    "chat_migrated": Kind("The group became a supergroup", "Refusals", {}, _has_chat),
    "not_modified": Kind("Message is not modified", "Refusals", {}, _is_edit),
    "edit_not_found": Kind("Message to edit not found", "Refusals", {}, _is_edit),
    "query_too_old": Kind("Query is too old", "Refusals", {}, _is_toast),
    "cant_parse": Kind("Can't parse entities", "Refusals", {}, _is_formatted),
    "wrong_file_id": Kind("A file_id is not valid any more", "Refusals", {}, _has_file_id),
    "bad_request": Kind("400: another refusal", "Refusals", {"description": "Bad Request: something is wrong"}),
    "duplicate_updates": _of_updates("Updates come again"),
    "crossing_updates": _of_updates("Updates cross each other", seconds=0.3),
    "jumping_ids": _of_updates("Update ids jump down"),
    "poison_updates": _of_updates("Poison updates", shape="any", size=300_000),
    "unknown_presses": _of_updates("Presses of buttons that never were"),
}

REFUSALS: dict[str, Refusing] = {
    "not_found": Refusing(404, "Not Found"),
    "unauthorized": Refusing(401, "Unauthorized"),
    "conflict": Refusing(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"),
    "blocked": Refusing(403, "Forbidden: bot was blocked by the user"),
    "chat_not_found": Refusing(400, "Bad Request: chat not found"),
    "chat_migrated": Refusing(400, "Bad Request: group chat was upgraded to a supergroup chat"),
    "not_modified": Refusing(
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current "
        "content and reply markup of the message",
    ),
    "edit_not_found": Refusing(400, "Bad Request: message to edit not found"),
    "query_too_old": Refusing(400, "Bad Request: query is too old and response timeout expired or query ID is invalid"),
    "cant_parse": Refusing(400, "Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 0"),
    "wrong_file_id": Refusing(400, "Bad Request: wrong file identifier/HTTP URL specified"),
}
WRONG_FILE_TO_GET = "Bad Request: wrong file_id or the file is temporarily unavailable"
SHAPES = ("any", "unknown_kind", "missing_fields", "huge")
