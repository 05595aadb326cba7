"""sendMessage and its kin that carry no file, deletion, copies, actions, answers to presses."""

from typing import Any

from simulator.bot_api.checks import (
    Params,
    Refusal,
    bad,
    find_chat,
    find_message,
    get_chat,
    read_caption,
    read_flag,
    read_integer,
    read_json,
    read_number,
    read_required,
    read_string,
    read_text,
)
from simulator.bot_api.markups import read_markup
from simulator.world.chats import Chat, Message
from simulator.world.world import World

_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "record_audio",
        "upload_audio",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
        "cancel",
    }
)
_LONGEST_TOAST = 200  # characters
_MOST_DELETED = 100


def send_message(world: World, params: Params) -> Message:
    chat = find_chat(world, params)
    return publish(world, chat, read_text(params), params)


def send_location(world: World, params: Params) -> Message:
    latitude, longitude = read_number(params, "latitude"), read_number(params, "longitude")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad("wrong latitude or longitude specified")
    content = {"location": {"latitude": latitude, "longitude": longitude}}
    return publish(world, find_chat(world, params), content, params)


def send_contact(world: World, params: Params) -> Message:
    contact = {name: read_required(params, name) for name in ("phone_number", "first_name")}
    contact |= {name: params[name] for name in ("last_name", "vcard") if params.get(name)}
    return publish(world, find_chat(world, params), {"contact": contact}, params)


def publish(world: World, chat: Chat, content: Message, params: Params) -> Message:
    """Post content with the keyboard and the reply that the call names; the message as the bot gets it."""
    markup = read_markup(params)
    if markup is not None:
        content["reply_markup"] = markup
    if "reply_parameters" in params or "reply_to_message_id" in params:
        content |= _find_reply(world, chat, params)
    if "protect_content" in params and read_flag(params, "protect_content"):
        content["has_protected_content"] = True
    return world.shown(world.post(chat, content))


def _find_reply(world: World, chat: Chat, params: Params) -> Message:
    given = read_json(params, "reply_parameters", "reply parameters") or {
        "message_id": params.get("reply_to_message_id"),
        "allow_sending_without_reply": read_flag(params, "allow_sending_without_reply"),
    }
    if not isinstance(given, dict):
        raise bad("object expected as reply parameters")
    message = chat.by_id.get(read_integer(given, "message_id", 0))
    if message is None and given.get("message_id") and not read_flag(given, "allow_sending_without_reply"):
        raise bad("message to be replied not found")
    return {"reply_to_message": world.shown(message, nested=True)} if message else {}


def send_chat_action(world: World, params: Params) -> bool:
    action = read_string(params, "action").lower()
    if action not in _ACTIONS:
        raise bad("wrong parameter action in request")
    world.show_action(find_chat(world, params), action)
    return True


def answer_callback_query(world: World, params: Params) -> bool:
    text = read_string(params, "text")
    if len(text) > _LONGEST_TOAST:
        raise bad("MESSAGE_TOO_LONG")
    query_id = read_string(params, "callback_query_id")
    chat_id = world.queries.close(query_id)
    if chat_id is None:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    note: dict[str, Any] = {"query_id": query_id, "text": text, "show_alert": read_flag(params, "show_alert")}
    if params.get("url"):
        note["url"] = params["url"]
    world.toast(world.chats[chat_id], note)
    return True


def delete_message(world: World, params: Params) -> bool:
    if not params.get("chat_id"):
        raise bad("chat identifier is not specified")
    chat = get_chat(world, params)
    message = find_message(chat, params, "message to delete")
    world.remove(chat, message["message_id"])
    return True


def delete_messages(world: World, params: Params) -> bool:
    """Those that are not there are passed over."""
    numbers = read_json(params, "message_ids", "message_ids")
    if not numbers:
        raise bad("message identifiers are not specified")
    if not isinstance(numbers, list):
        raise bad("expected an Array of message identifiers")
    if len(numbers) > _MOST_DELETED:
        raise bad("too many message identifiers specified")
    if not all(isinstance(number, int) for number in numbers):
        raise bad("message identifier must be a Number")
    chat = get_chat(world, params)
    for number in numbers:
        if number in chat.by_id:
            world.remove(chat, number)
    return True


def forward_message(world: World, params: Params) -> Message:
    source, chat = _find_source(world, params, "message to forward"), find_chat(world, params)
    origin = {"type": "user", "sender_user": source["from"], "date": source["date"]}
    return world.shown(world.post(chat, _take_content(source) | {"forward_origin": origin}))


def copy_message(world: World, params: Params) -> dict[str, int]:
    source, chat = _find_source(world, params, "message to copy"), find_chat(world, params)
    content = _take_content(source)
    if "caption" in params:
        content.pop("caption", None)
        content.pop("caption_entities", None)
        content |= read_caption(params)
    return {"message_id": publish(world, chat, content, params)["message_id"]}


def _find_source(world: World, params: Params, name: str) -> Message:
    try:
        chat = get_chat(world, {"chat_id": params.get("from_chat_id")})
    except Refusal:
        raise bad("chat not found") from None
    return find_message(chat, params, name)


def _take_content(message: Message) -> Message:
    own = {
        "message_id",
        "from",
        "chat",
        "date",
        "edit_date",
        "reply_markup",
        "reply_to_message",
        "media_group_id",
        "forward_origin",
    }
    return {name: value for name, value in message.items() if name not in own}
