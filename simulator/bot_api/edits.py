"""editMessageText, -Caption, -Media, -ReplyMarkup, setMessageReaction."""

from typing import Any

from simulator.bot_api.checks import Params, bad, find_chat, find_message, read_caption, read_json, read_text
from simulator.bot_api.markups import read_markup
from simulator.bot_api.media import read_input_media
from simulator.world.chats import Chat, Message
from simulator.world.world import World

_MEDIA = ("photo", "video", "audio", "voice", "animation", "document")


def edit_message_text(world: World, params: Params) -> Message:
    content = read_text(params)
    chat, message = _find_own(world, params)
    if "text" not in message:
        raise bad("there is no text in the message to edit")
    return _apply(world, chat, message, ("text", "entities"), content, params)


def edit_message_caption(world: World, params: Params) -> Message:
    content = read_caption(params)
    chat, message = _find_own(world, params)
    if not any(kind in message for kind in _MEDIA):
        raise bad("there is no caption in the message to edit")
    return _apply(world, chat, message, ("caption", "caption_entities"), content, params)


def edit_message_reply_markup(world: World, params: Params) -> Message:
    chat, message = _find_own(world, params)
    return _apply(world, chat, message, (), {}, params)


async def edit_message_media(world: World, params: Params) -> Message:
    item = read_json(params, "media", "input media")
    if item is None:
        raise bad('parameter "media" is required')
    content = await read_input_media(world, params, item)
    chat, message = _find_own(world, params)
    if "media_group_id" in message and not any(kind in message for kind in content):
        raise bad("can't use the media of the specified type in the album")
    return _apply(world, chat, message, (*_MEDIA, "text", "entities", "caption", "caption_entities"), content, params)


def set_message_reaction(world: World, params: Params) -> bool:
    reactions = read_json(params, "reaction", "reaction types") or []
    if not isinstance(reactions, list) or not all(isinstance(one, dict) and "type" in one for one in reactions):
        raise bad("expected an Array of ReactionType")
    find_message(find_chat(world, params), params, "message to react")
    return True


def _find_own(world: World, params: Params) -> tuple[Chat, Message]:
    if not params.get("chat_id") and not params.get("message_id"):
        raise bad("message identifier is not specified")
    chat = find_chat(world, params)
    message = find_message(chat, params, "message to edit")
    if message["from"]["id"] != world.bot["id"] or "inline_keyboard" not in message.get("reply_markup", {"inline_keyboard": []}):
        raise bad("message can't be edited")
    return chat, message


def _apply(world: World, chat: Chat, message: Message, drop: tuple[str, ...], content: Message, params: Params) -> Message:
    """Replace the fields `drop` by `content` and the keyboard by the call's (none: it goes). Raises Refusal for no change."""
    markup: dict[str, Any] | None = read_markup(params, inline_only=True)
    if markup is not None:
        content["reply_markup"] = markup
    drop = (*drop, "reply_markup")
    if all(message.get(name) == content.get(name) for name in drop) and all(message.get(name) == content[name] for name in content):
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a current content "
            "and reply markup of the message"
        )
    world.change(chat, message, drop, content)
    return message
