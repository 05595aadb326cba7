"""The Bot API server's checks of parameters before it does anything, and its words for refusals.

The wording follows tdlib/telegram-bot-api (Client.cpp) and tdlib/td. The real server reads nonsense as nothing (an object where a
text belongs). This one refuses: a bot that sends nonsense is to be found out.
"""

from collections.abc import Callable
from typing import Any

import orjson

from simulator.bot_api.html_format import parse_html
from simulator.bot_api.markdown_format import parse_markdown, parse_markdown_v2
from simulator.world.chats import Chat, Message
from simulator.world.entities import BadFormat, Entity, check_entities, count_units, find_entities, trim
from simulator.world.world import World

Params = dict[str, Any]

LONGEST_TEXT = 4096  # UTF-16 units after entity parsing
LONGEST_CAPTION = 1024
_LONGEST_SOURCE = 1 << 15  # bytes of text as sent (get_formatted_text)
_PARSERS: dict[str, Callable[[str], tuple[str, list[Entity]]]] = {
    "html": parse_html,
    "markdown": parse_markdown,
    "markdownv2": parse_markdown_v2,
}


class Refusal(Exception):
    """An answer with `ok: false`. `parameters` are the Bot API's ResponseParameters."""

    def __init__(self, description: str, code: int = 400, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.description = description
        self.code = code
        self.parameters = parameters


def bad(words: str) -> Refusal:
    return Refusal(f"Bad Request: {words}")


def find_chat(world: World, params: Params) -> Chat:
    """The chat that `chat_id` names and the bot may write to. Raises Refusal."""
    return check_access(world, get_chat(world, params))


def get_chat(world: World, params: Params) -> Chat:
    """The chat that `chat_id` names, whether or not the bot may write to it. Raises Refusal."""
    given = params.get("chat_id")
    chat = world.chats.get(given) if type(given) is int else None
    if chat is not None:
        return chat
    if given is None or given == "":
        raise bad("chat_id is empty")
    try:
        chat = world.chats.get(int(given)) if isinstance(given, str | int) else None
    except ValueError:
        chat = None
    if chat is None:
        raise bad("chat not found")
    return chat


def check_access(world: World, chat: Chat) -> Chat:
    if chat.moved_to:
        words = "Bad Request: group chat was upgraded to a supergroup chat"
        raise Refusal(words, parameters={"migrate_to_chat_id": chat.moved_to})
    person = world.people.get(chat.id)
    if person is not None and not person.started:
        raise Refusal("Forbidden: bot can't initiate conversation with a user", 403)
    if person is not None and person.blocked:
        raise Refusal("Forbidden: bot was blocked by the user", 403)
    return chat


def find_message(chat: Chat, params: Params, name: str) -> Message:
    """The message that `message_id` names; `name` says in the refusal what it was wanted for (`message to edit`)."""
    number = read_integer(params, "message_id", 0)
    if number == 0 and not params.get("message_id"):
        raise bad("message identifier is not specified")
    message = chat.by_id.get(number)
    if message is None:
        raise bad(f"{name} not found")
    return message


def read_integer(params: Params, name: str, default: int, low: int = -(2**63), high: int = 2**63) -> int:
    """An integer, sent as number or text, held between `low` and `high` as the real server does. Raises Refusal."""
    value = params.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, bool) or not isinstance(value, int | str | float):
        raise bad(f'wrong type of parameter "{name}": Integer expected')
    try:
        return max(low, min(int(value), high))
    except ValueError:
        raise bad(f'wrong type of parameter "{name}": Integer expected') from None


def read_number(params: Params, name: str) -> float:
    """A required number. Raises Refusal."""
    try:
        return float(read_required(params, name))
    except ValueError:
        raise bad(f'wrong type of parameter "{name}": Float expected') from None


def read_flag(params: Params, name: str) -> bool:
    """True for true, 1, t, y, yes in any case (td::to_bool in the server's Query)."""
    value = params.get(name)
    return value is True or str(value).strip().lower() in ("true", "yes", "1", "t", "y")


def read_string(params: Params, name: str) -> str:
    """A text, empty when absent; numbers and booleans as they are written. Raises Refusal for anything else."""
    value = params.get(name)
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise bad(f'wrong type of parameter "{name}": String expected')


def read_required(params: Params, name: str) -> str:
    value = read_string(params, name)
    if not value:
        raise bad(f'parameter "{name}" is required')
    return value


def read_json(params: Params, name: str, words: str) -> Any:
    """A JSON value, sent as such or as text; None when absent. Raises Refusal (`can't parse <words> JSON object`)."""
    value = params.get(name)
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise bad(f"can't parse {words} JSON object") from None


def read_text(params: Params) -> Message:
    """`{text, entities?}` of a message. Raises Refusal."""
    source = read_string(params, "text")
    if not source:
        raise bad("message text is empty")
    text, entities = read_formatted(source, params, "entities")
    if not text:
        raise bad("message text is empty")
    if count_units(text) > LONGEST_TEXT:
        raise bad("message is too long")
    return {"text": text, **find_entities(text, entities)}


def read_caption(params: Params) -> Message:
    """`{caption, caption_entities?}`, or `{}` without one. Raises Refusal."""
    source = read_string(params, "caption")
    text, entities = read_formatted(source, params, "caption_entities") if source else ("", [])
    if not text:
        return {}
    if count_units(text) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    found = find_entities(text, entities)
    return {"caption": text} | ({"caption_entities": found["entities"]} if found else {})


def read_formatted(source: str, params: Params, name: str) -> tuple[str, list[Entity]]:
    """Text and entities by `parse_mode`, or by the field `name`. Raises Refusal."""
    if len(source) > _LONGEST_SOURCE // 4 and len(source.encode("utf-8", "surrogatepass")) > _LONGEST_SOURCE:
        raise bad("text is too long")
    mode = str(params.get("parse_mode") or "none").lower()
    try:
        if mode != "none":
            if mode not in _PARSERS:
                raise bad("unsupported parse_mode")
            return trim(*_PARSERS[mode](source))
        given = read_json(params, name, "entities")
        if given is None:
            return source.strip(" \t\r\n"), []
        if not isinstance(given, list):
            raise bad("can't parse MessageEntity: expected an Array")
        return trim(source, check_entities(source, given))
    except BadFormat as error:
        raise bad(str(error)) from None
