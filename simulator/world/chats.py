"""The records of the pretend Telegram: people, chats, and what subscribers are told."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """Something changed. `kind` is message, edited, deleted, action, toast, person, clock or reset.

    `person_id` is the chat's id, which in a private chat is the person's own (0 for clock and reset). `data` is the Message for
    message and edited, `{message_id}` for deleted, `{action, date}` for action, `{query_id, text, show_alert, url}` for
    toast, the person's `describe()` for person, `{now}` for clock, `{}` for reset. It is the world's own object: read it, leave it
    as it is.
    """

    kind: str
    person_id: int
    data: dict[str, Any]


@dataclass
class Person:
    """Somebody with a Telegram account. `started`: has written to the bot. `blocked`: has blocked it."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "en"
    started: bool = False
    blocked: bool = False

    @cached_property
    def user(self) -> dict[str, Any]:
        """The Bot API's User object, with the language (Telegram tells it in updates)."""
        language = {"language_code": self.language_code} if self.language_code else {}
        return {"id": self.id, "is_bot": False, **self._names(), **language}

    def card(self) -> dict[str, Any]:
        """The Bot API's Chat object of the private chat with this person."""
        return {"id": self.id, **self._names(), "type": "private"}

    def describe(self) -> dict[str, Any]:
        """Everything as plain data, as it is saved."""
        names = ("id", "first_name", "last_name", "username", "language_code", "started", "blocked")
        return {name: getattr(self, name) for name in names}

    def _names(self) -> dict[str, Any]:
        names = {"first_name": self.first_name, "last_name": self.last_name, "username": self.username}
        return {key: value for key, value in names.items() if value}


@dataclass
class Chat:
    """One conversation of the bot. `by_id` holds the newest `keep` messages of both sides, oldest first, edited in place.

    `moved_to` is the id of the supergroup that a group has become, 0 as long as it is a group.
    """

    id: int
    card: dict[str, Any]
    keep: int
    by_id: dict[int, Message] = field(default_factory=dict)
    actions: list[dict[str, Any]] = field(default_factory=list)
    toasts: list[dict[str, Any]] = field(default_factory=list)
    members: list[int] = field(default_factory=list)
    moved_to: int = 0

    @property
    def messages(self) -> list[Message]:
        """The messages of both sides in order: complete Bot API objects, here with reply keyboards too."""
        return list(self.by_id.values())

    @property
    def is_private(self) -> bool:
        return bool(self.card["type"] == "private")

    def has_button(self, message_id: int, data: str) -> bool:
        """Whether that message now carries a button with that callback data."""
        rows: list[list[dict[str, Any]]] = self.by_id.get(message_id, {}).get("reply_markup", {}).get("inline_keyboard", [])
        return any(button.get("callback_data") == data for row in rows for button in row)

    def add(self, message: Message) -> None:
        self.by_id[message["message_id"]] = message
        if len(self.by_id) > self.keep:
            del self.by_id[next(iter(self.by_id))]

    def note(self, notes: list[dict[str, Any]], note: dict[str, Any]) -> None:
        """Append to `actions` or `toasts`, which are bounded too."""
        notes.append(note)
        if len(notes) > 2 * self.keep:
            del notes[: self.keep]
