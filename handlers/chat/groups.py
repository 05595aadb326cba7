"""In a group: one word and a link to the private chat, when the bot is spoken to, and not more than once a minute."""

from collections.abc import Callable
from typing import Any

from handlers.incoming.arrivals import Arrival
from handlers.rendering.sentences import sentence

ANSWER_SECONDS = 60.0  # between two answers in one group
KEPT_GROUPS = 1000  # groups remembered


class Groups:
    """`act` sends best effort; `username` is the bot's own, known once Telegram has told it."""

    def __init__(self, act: Callable[[str, dict[str, Any]], None]) -> None:
        self.username = ""
        self._act = act
        self._answered: dict[int, float] = {}

    def answer(self, arrival: Arrival) -> None:
        """Nothing for anything that is not a group's message to this bot."""
        if arrival.kind != "group" or not self._is_spoken_to(arrival.text):
            return
        if arrival.received - self._answered.get(arrival.line, 0.0) < ANSWER_SECONDS:
            return
        self._answered[arrival.line] = arrival.received
        while len(self._answered) > KEPT_GROUPS:
            del self._answered[next(iter(self._answered))]
        url = f"https://t.me/{self.username}?start"
        button = {"inline_keyboard": [[{"text": sentence("open_chat", arrival.language), "url": url}]]}
        self._act("sendMessage", {"chat_id": arrival.line, "text": sentence("group", arrival.language), "reply_markup": button})

    def _is_spoken_to(self, text: str) -> bool:
        name = f"@{self.username}".lower()
        command = text.split(None, 1)[0].lower() if text.startswith("/") else ""
        return name in text.lower() or (bool(command) and "@" not in command)
