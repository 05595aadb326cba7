"""One update, read lightly: what routing and answering need, taken from the raw JSON without building telegram.Update trees."""

from dataclasses import dataclass
from typing import Any

import orjson

MESSAGE_KINDS = [
    "text",
    "photo",
    "voice",
    "audio",
    "video",
    "video_note",
    "animation",
    "document",
    "sticker",
    "location",
    "venue",
    "contact",
    "poll",
    "dice",
    "game",
    "story",
]  # fields of a Message that say what it is (https://core.telegram.org/bots/api#message); animation before document

LARGEST_ID = 2**52  # "at most 52 significant bits", https://core.telegram.org/bots/api#user; a database takes 63
OWN = ("elapsed", "returned", "notice", "wake")  # arrivals that the bot makes itself; without an update id


@dataclass(slots=True, repr=False)
class Arrival:
    """`line` is the chat whose updates keep their order; `person` is set only in a private chat.

    `kind`: text, press, edited, member (blocked or unblocked), group, one of MESSAGE_KINDS, or other. Or one of OWN: elapsed (a
    wait is over), returned (the bot was away), notice (words for an admin), wake (somebody's time has come).

    `date` is Telegram's, whole epoch seconds (0 where there is none). `received` is our own, epoch seconds. `begun`: when its turn
    began, seconds of the monotonic clock (0: not yet). `is_durable`: its turn has ended well, and all that it changed is written.
    """

    update_id: int
    kind: str
    line: int
    person: int | None = None
    text: str = ""
    data: str = ""
    query_id: str = ""
    message_id: int = 0
    date: int = 0
    received: float = 0.0
    sender: dict[str, Any] | None = None
    message: dict[str, Any] | None = None
    begun: float = 0.0
    is_durable: bool = False

    def __repr__(self) -> str:
        """Without what was typed: python-telegram-bot logs what it processes."""
        return f"Arrival({self.update_id}, {self.kind})"

    @property
    def is_heard(self) -> bool:
        """Whether it is a word of the person, or something else that they did to the chat."""
        return self.kind != "member" and self.kind not in OWN

    @property
    def command(self) -> str:
        """The command's name without slash and bot name, lower case, or ""."""
        if self.kind != "text" or not self.text.startswith("/"):
            return ""
        return self.text.split(None, 1)[0][1:].partition("@")[0].lower()

    @property
    def language(self) -> str:
        """The sender's, as Telegram gives it (an IETF tag), or ""."""
        return str((self.sender or {}).get("language_code") or "")

    @property
    def payload(self) -> str:
        """The words after the command."""
        return [*self.text.split(None, 1), ""][1].strip()


def read_arrival(raw: dict[str, Any], received: float = 0.0) -> Arrival:
    """Raises KeyError, TypeError, AttributeError or ValueError for an update that is not what Telegram documents."""
    update_id = raw["update_id"]
    if (message := raw.get("message")) is not None:
        return _message(update_id, message, received)
    if (query := raw.get("callback_query")) is not None:
        return _press(update_id, query, received)
    if (message := raw.get("edited_message")) is not None:
        arrival = _message(update_id, message, received)
        arrival.kind = "edited" if arrival.kind != "group" else "other"
        return arrival
    if (member := raw.get("my_chat_member")) is not None:
        return _member(update_id, member, received)
    return Arrival(update_id, "other", 0, received=received)


def read_body(body: bytes, received: float = 0.0) -> Arrival:
    """The same from the stored JSON; raises orjson.JSONDecodeError too."""
    return read_arrival(orjson.loads(body), received)


def chat_of(raw: dict[str, Any]) -> int | None:
    """The private chat's person of an update of any kind, as far as it can be told; never raises."""
    try:
        arrival = read_arrival(raw)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    return arrival.person


def sent_since(raw: dict[str, Any]) -> int:
    """The earliest moment (epoch seconds) at which an update can have been sent: a press comes after its message. 0 when that can't
    be told; never raises."""
    query = raw.get("callback_query")
    for holder in (raw.get("message"), raw.get("edited_message"), query.get("message") if isinstance(query, dict) else None):
        if isinstance(holder, dict):
            date = holder.get("date") if query else holder.get("edit_date") or holder.get("date")
            return date if isinstance(date, int) else 0
    return 0


def _check_id(number: int) -> int:
    """The id of a chat. Raises TypeError for what is no number, ValueError for one that is no id and that no database takes."""
    if -LARGEST_ID < number < LARGEST_ID:
        return number
    raise ValueError("an id of more than 52 bits")


def _message(update_id: int, message: dict[str, Any], received: float) -> Arrival:
    chat = message["chat"]
    chat_id = _check_id(chat["id"])
    text = message.get("text")
    if chat["type"] != "private":
        return Arrival(
            update_id, "group", chat_id, None, text or "", "", "", message["message_id"], message["date"], received, None, message
        )
    kind = "text"
    if not isinstance(text, str):
        kind = next((k for k in MESSAGE_KINDS if k in message), "other")
        caption = message.get("caption")  # taken as the text that it is
        text = caption if isinstance(caption, str) else ""
    return Arrival(
        update_id,
        kind,
        chat_id,
        chat_id,
        text,
        "",
        "",
        message["message_id"],
        message["date"],
        received,
        message["from"],
        message,
    )


def _press(update_id: int, query: dict[str, Any], received: float) -> Arrival:
    message = query.get("message") or {}
    chat = message.get("chat") or {"type": "private", "id": query["from"]["id"]}
    data = query.get("data")
    if chat["type"] != "private":
        return Arrival(update_id, "other", _check_id(chat["id"]), None, query_id=query["id"], received=received)
    chat_id = _check_id(chat["id"])
    return Arrival(
        update_id,
        "press",
        chat_id,
        chat_id,
        "",
        data if isinstance(data, str) else "",
        query["id"],
        message.get("message_id", 0),
        0,
        received,
        query["from"],
        message,
    )


def _member(update_id: int, member: dict[str, Any], received: float) -> Arrival:
    chat, chat_id = member["chat"], _check_id(member["chat"]["id"])
    if chat["type"] != "private":
        return Arrival(update_id, "other", chat_id, received=received)
    status = member["new_chat_member"]["status"]
    return Arrival(
        update_id, "member", chat_id, chat_id, data=status, date=member["date"], received=received, sender=member["from"]
    )
