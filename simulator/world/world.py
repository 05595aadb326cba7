"""The state of a pretend Telegram with one bot in it, and what its people do.

Everything here is synchronous and belongs to one event loop's thread. The bot's side (simulator/bot_api/) writes through `post`,
`change`, `remove`. People act through `say`, `press`, `send_media`, `edit`, `block`. Pages and played people subscribe to the
events.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulator.world.chats import Chat, Event, Message, Person
from simulator.world.entities import find_entities
from simulator.world.message_media import make_content
from simulator.world.snapshots import read_snapshot, write_snapshot
from simulator.world.state import State
from simulator.world.update_faults import UpdateFaults

log = logging.getLogger(__name__)

_MESSAGE_LIFETIME = 86_400  # seconds; core.telegram.org/bots/api: "updates … will not be kept longer than 24 hours"
QUERY_LIFETIME = 150  # seconds until an unfetched press is dropped by the Bot API server


class NoSuchButton(LookupError):
    """The message is not there, or carries no button with that data."""


class BotBlocked(RuntimeError):
    """This person has blocked the bot and cannot write to it before they unblock it."""


class World(State):
    """A bot's Telegram. `keep` bounds the messages kept per chat, `latency` (seconds) delays every answer to the bot.

    `clock` gives Unix seconds; `ahead` may put the time that is told before it (see `now`). `seed` makes the first update id
    repeatable.
    """

    def __init__(
        self,
        token: str,
        username: str = "waymark_bot",
        clock: Callable[[], float] = time.time,
        *,
        keep: int = 1000,
        latency: float = 0.0,
        seed: int | None = None,
    ) -> None:
        super().__init__(token, username, clock, keep, latency, seed)
        self._update_faults = UpdateFaults(self)
        self.updates.meddle = self._update_faults.meddle
        self.webhook.comes_again = lambda lane: self.faults.strike("duplicate_updates", lane) is not None
        self.is_closed = False  # webhooks to this machine only
        self._subscribers: tuple[Callable[[Event], None], ...] = ()

    # Time

    def now(self) -> float:
        """The time that is told here, Unix seconds: the clock's, and what it was put forward by. Messages are dated by it.

        How long an update waits for the bot is counted by the clock itself: nobody has waited because a trial is at a later day.
        """
        return self.clock() + self.ahead

    def put_clock(self, moment: float) -> None:
        """Tell that time (Unix seconds) from now on. Raises ValueError for one that is over: what was said would lie ahead then."""
        if moment < self.now():
            raise ValueError("the clock goes forward only")
        self.ahead = moment - self.clock()
        self.emit("clock", 0, {"now": self.now()})

    # People and groups

    def add_person(
        self, first_name: str, last_name: str = "", username: str = "", language_code: str = "en", id: int | None = None
    ) -> Person:
        """A new person who has not written to the bot yet. Raises ValueError when the id is taken."""
        number = self.next_person if id is None else id
        if number in self.chats:
            raise ValueError(f"there is already somebody with the id {number}")
        self.next_person = max(self.next_person, number + 1)
        person = Person(number, first_name, last_name, username, language_code)
        self.people[number] = person
        self.chats[number] = Chat(number, person.card(), self.keep, members=[number])
        self.emit("person", number, person.describe())
        return person

    def chat(self, person_id: int) -> Chat:
        """The chat with that id; a private chat has its person's id. Raises KeyError."""
        return self.chats[person_id]

    @property
    def pending(self) -> int:
        """How many updates wait for the bot."""
        return len(self.updates)

    def commands_for(self, person_id: int) -> list[dict[str, str]]:
        """The commands that this person's client offers: the narrowest scope wins, and in it the person's language."""
        for scope in (f"chat:{person_id}", "all_private_chats", "default"):
            languages = self.commands.get(scope, {})
            for language in (self.people[person_id].language_code, ""):
                if languages.get(language):
                    return languages[language]
        return []

    # Deeds of people

    def say(self, person_id: int, text: str, reply_to: int | None = None) -> int:
        """A person writes to the bot in their private chat; the new message's id. Raises BotBlocked."""
        content: Message = {"text": text}
        if reply_to is not None:
            content["reply_to_message"] = self.shown(self.chats[person_id].by_id[reply_to], nested=True)
        return self._hear(self.people[person_id], self.chats[person_id], content | find_entities(text))

    def send_media(self, person_id: int, kind: str, **fields: Any) -> int:
        """A person sends photo, video, audio, voice, animation, document, sticker, video_note, location, contact, venue or dice.

        Files take `data` (bytes), `file_name`, `mime_type`, `caption`, `duration`, `width`, `height`, `media_group_id`; the others
        their Bot API fields (`latitude`, `phone_number`, …). Fields left out get a likely value. Raises BotBlocked.
        """
        content = make_content(self.files, kind, dict(fields))
        return self._hear(self.people[person_id], self.chats[person_id], content)

    def group_message(self, person_id: int, text: str, chat_id: int | None = None) -> int:
        """A person writes in a group where the bot is and sees everything; without `chat_id` a new group with the bot in it."""
        person = self.people[person_id]
        chat = self.chats[chat_id] if chat_id is not None else self.add_group(person_id)
        return self._hear(person, chat, {"text": text} | find_entities(text))

    def serve(self, person_id: int, chat_id: int, content: Message) -> int:
        """A service message that somebody's doing brings into a chat; its id."""
        return self._hear(self.people[person_id], self.chats[chat_id], content)

    def add_group(self, person_id: int, title: str = "A group") -> Chat:
        """A person makes a group and adds the bot to it."""
        number = -(self.next_person + 4_000_000_000)
        self.next_person += 1
        card = {"id": number, "title": title, "type": "group", "all_members_are_administrators": True}
        self.chats[number] = Chat(number, card, self.keep, members=[person_id])
        self._tell_membership(self.people[person_id], self.chats[number], "left", "member")
        return self.chats[number]

    def press(self, person_id: int, message_id: int, data: str, *, chat_id: int | None = None, stale: bool = False) -> str:
        """A person presses the button with that callback data; the query's id.

        Raises NoSuchButton when the message now has none such, unless `stale`: a client that still shows what it once was.
        """
        chat = self.chats[person_id if chat_id is None else chat_id]
        message = chat.by_id.get(message_id)
        if message is None or not (stale or chat.has_button(message_id, data)):
            raise NoSuchButton(f"message {message_id} of chat {chat.id} has no button {data!r}")
        self._refuse_blocked(self.people[person_id], chat)
        query_id = self.queries.add(chat.id)
        query = {
            "id": query_id,
            "from": self.people[person_id].user,
            "message": self.shown(message),
            "chat_instance": str(chat.id * 2_654_435_761 % 2**63),
            "data": data,
        }
        self.updates.add("callback_query", query, person_id, QUERY_LIFETIME)
        return query_id

    def edit(self, person_id: int, message_id: int, text: str, *, chat_id: int | None = None) -> None:
        """A person changes the words of a message they wrote. Raises KeyError, or ValueError for somebody else's or no text."""
        chat = self.chats[person_id if chat_id is None else chat_id]
        message = chat.by_id[message_id]
        if message["from"]["id"] != person_id or not ("text" in message or "caption" in message):
            raise ValueError(f"message {message_id} is not a text of {person_id}")
        self._refuse_blocked(self.people[person_id], chat)
        words = {"text": text} if "text" in message else {"caption": text}
        message.pop("entities", None)
        message.update(words, edit_date=int(self.now()), **find_entities(text))
        self.updates.add("edited_message", message, chat.id, _MESSAGE_LIFETIME)
        self.emit("edited", chat.id, message)

    def block(self, person_id: int) -> None:
        """A person blocks the bot."""
        self._set_blocked(self.people[person_id], True)

    def unblock(self, person_id: int) -> None:
        """A person lets the bot write again."""
        self._set_blocked(self.people[person_id], False)

    # Deeds of the bot

    def post(self, chat: Chat, content: Message) -> Message:
        """The bot's new message in a chat: the kept object, never to be changed by the caller."""
        message: Message = {
            "message_id": self.next_message,
            "from": self.bot,
            "chat": chat.card,
            "date": int(self.now()),
            **content,
        }
        self.next_message += 1
        chat.add(message)
        self.emit("message", chat.id, message)
        return message

    def change(self, chat: Chat, message: Message, drop: tuple[str, ...], content: Message) -> None:
        """Edit the bot's message in place: take the fields `drop` away, put `content` in."""
        for name in drop:
            message.pop(name, None)
        message.update(content, edit_date=int(self.now()))
        self.emit("edited", chat.id, message)

    def remove(self, chat: Chat, message_id: int) -> None:
        """Delete a message. Raises KeyError."""
        del chat.by_id[message_id]
        self.emit("deleted", chat.id, {"message_id": message_id})

    def show_action(self, chat: Chat, action: str) -> None:
        note = {"action": action, "date": int(self.now())}
        chat.note(chat.actions, note)
        self.emit("action", chat.id, note)

    def toast(self, chat: Chat, note: dict[str, Any]) -> None:
        """The answer to a press reached the person: `{query_id, text, show_alert, url}`."""
        chat.note(chat.toasts, note)
        self.emit("toast", chat.id, note)

    def shown(self, message: Message, nested: bool = False) -> Message:
        """The message as the bot is given it: only inline keyboards, and inside another message no further one."""
        markup = message.get("reply_markup")
        hidden = {"reply_markup"} if markup is not None and "inline_keyboard" not in markup else set()
        if nested:
            hidden.add("reply_to_message")
        return {key: value for key, value in message.items() if key not in hidden} if hidden else message

    # Subscribers

    def subscribe(self, callback: Callable[[Event], None]) -> None:
        """Call `callback` with every Event from now on, synchronously."""
        self._subscribers = (*self._subscribers, callback)

    def unsubscribe(self, callback: Callable[[Event], None]) -> None:
        self._subscribers = tuple(one for one in self._subscribers if one != callback)

    def emit(self, kind: str, chat_id: int, data: dict[str, Any]) -> None:
        for callback in self._subscribers:
            try:
                callback(Event(kind, chat_id, data))
            except Exception:  # a watcher's fault must not become Telegram's answer to the bot
                log.exception("a subscriber failed on %s", kind)

    # Keeping it

    def save(self, path: Path) -> None:
        """Write everything to `path` (aside, then renamed) and uploaded bytes to the folder `<path>.files`."""
        self._update_faults.release()
        write_snapshot(self, path)

    def load(self, path: Path) -> None:
        """Take over what `save` wrote; subscribers get a reset. Raises FileNotFoundError."""
        read_snapshot(self, path)
        self.emit("reset", 0, {})

    def _hear(self, person: Person, chat: Chat, content: Message) -> int:
        """A person's message: kept, queued for the bot, told to subscribers."""
        self._refuse_blocked(person, chat)
        person.started = person.started or chat.is_private
        number = self.next_message
        self.next_message += 1
        message: Message = {"message_id": number, "from": person.user, "chat": chat.card, "date": int(self.now()), **content}
        chat.add(message)
        self.updates.add("message", message, chat.id, _MESSAGE_LIFETIME)
        self.emit("message", chat.id, message)
        return number

    def _refuse_blocked(self, person: Person, chat: Chat) -> None:
        if person.blocked and chat.is_private:
            raise BotBlocked(f"{person.first_name} ({person.id}) has blocked the bot")

    def _set_blocked(self, person: Person, blocked: bool) -> None:
        if person.blocked == blocked:
            return
        person.blocked = blocked
        was, now = ("member", "kicked") if blocked else ("kicked", "member")
        self._tell_membership(person, self.chats[person.id], was, now)
        self.emit("person", person.id, person.describe())

    def _tell_membership(self, person: Person, chat: Chat, was: str, now: str) -> None:
        update = {
            "chat": chat.card,
            "from": person.user,
            "date": int(self.now()),
            "old_chat_member": _member(self.bot, was),
            "new_chat_member": _member(self.bot, now),
        }
        self.updates.add("my_chat_member", update, chat.id, _MESSAGE_LIFETIME)


def _member(user: dict[str, Any], status: str) -> dict[str, Any]:
    until = {"until_date": 0} if status == "kicked" else {}
    return {"user": user, "status": status, **until}
