"""The state of a pretend Telegram: everything that is saved and loaded."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from simulator.world.chats import Chat, Person
from simulator.world.faults import Faults
from simulator.world.files import Files
from simulator.world.queries import Queries
from simulator.world.updates import Updates
from simulator.world.webhook import Webhook

_FIRST_PERSON = 100_001


class State:
    """One bot, its people and chats. `commands` is by scope, then by language; `uploads` counts by sha256, `calls` by method.

    `people` and `chats` are by id; `profile` is by name (name, description, short_description), then by language;
    `menu_buttons` by chat, 0 for all. `ahead` is kept by who set it; faults, counters, latency and subscribers belong to the
    process and are not saved.
    """

    def __init__(self, token: str, username: str, clock: Callable[[], float], keep: int, latency: float, seed: int | None) -> None:
        self.token = token
        self.clock = clock
        self.ahead = 0.0  # seconds by which the time that is told is later than the clock's
        self.keep = keep
        self.latency = latency
        self.upload_rate = 0.0  # bytes a second of one upload; 0 for as fast as it comes
        self.random = random.Random(seed)
        self.bot: dict[str, Any] = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": username,
            "username": username,
        }
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.files = Files()
        self.updates = Updates(clock, self.random.randrange(100_000_000, 900_000_000))
        self.webhook = Webhook(self.updates, clock)
        self.queries = Queries(clock)
        self.faults = Faults()
        self.uploads: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.commands: dict[str, dict[str, list[dict[str, str]]]] = {}
        self.profile: dict[str, dict[str, str]] = {}
        self.menu_buttons: dict[int, dict[str, Any]] = {}
        self.next_message = 1
        self.next_person = _FIRST_PERSON
