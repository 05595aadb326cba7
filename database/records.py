"""The frozen records that the store keeps. Plain data: what is inside `run`, `outbox` and the like is the business of its owner."""

from dataclasses import dataclass, field
from typing import Any, Self

SCHEMA_VERSION = 5


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """One update as Telegram sent it. `order` rises with arrival (ids of updates may jump down); `body` is its JSON."""

    update_id: int
    person: int | None
    order: int
    body: bytes


@dataclass(frozen=True, slots=True)
class DeadUpdate:
    """An update that could not be applied, kept for the operator."""

    update_id: int
    person: int | None
    body: bytes
    reason: str
    at: str


class Changeable:
    """A frozen record that is changed by copying: `dataclasses.replace` costs ten times as much, and a turn makes several."""

    def changed(self, **changes: Any) -> Self:
        """A copy with these fields instead; the names are not checked."""
        copy = object.__new__(type(self))
        object.__setattr__(copy, "__dict__", self.__dict__ | changes)
        return copy

    def put(self, **changes: Any) -> None:
        """Change this very record. Only for whoever made it by `changed` and has shown it to nobody yet."""
        self.__dict__.update(changes)


@dataclass(frozen=True)
class Sent(Changeable):
    """The part of a person's outbox that has gone out. Written beside turns, never guarded by the revision.

    `sequence`: highest outbox number that was delivered or given up. `messages`, the newest few: question key -> [message_id, ISO
    time of sending, 1 if an earlier copy may exist else 0, kind of message, and, where it was shown again, when it was shown
    first]. `not_before`: epoch seconds until which Telegram wants silence in this chat (0: none). `due`: waits that began when
    their message went out, each {"at": epoch seconds, "token": …}.
    """

    sequence: int = 0
    messages: dict[str, list[Any]] = field(default_factory=dict)
    not_before: float = 0.0
    due: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Person(Changeable):
    """Everything of one person that a turn reads and writes: one document, so that one write is atomic.

    Times are ISO 8601 in UTC. `run` is the open run (`Run.to_dict`) or None; `closed` are ended runs on their way to the
    `runs` collection. `answers` are those of each flow's newest finished walk, programme -> flow -> step -> value; `history` is
    what a programme counts over all finished walks, programme -> flow -> walks (oldest first), each step -> value. `progress` is
    programme -> what the days need; `updates` the ids of the last 64 updates applied (`update_ids.py`); `outbox` the messages with
    a number `n` above what was `sent`; `answer_message` the id of the message that gave the latest answer, for edited messages
    (0: none); `wake_at` the epoch seconds at which somebody must look at this person although nothing came in (a reminder, an
    expiry), None: never, 0: at
    once.
    """

    id: int
    revision: int = 0
    created_at: str = ""
    seen_at: str = ""
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language: str = ""
    blocked_at: str | None = None
    programme: str | None = None
    consents: dict[str, str] = field(default_factory=dict)
    run: dict[str, Any] | None = None
    run_count: int = 0
    closed: tuple[dict[str, Any], ...] = ()
    answers: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    history: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    progress: dict[str, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    updates: str = ""
    outbox: tuple[dict[str, Any], ...] = ()
    sequence: int = 0
    sent: Sent = field(default_factory=Sent)
    answer_message: int = 0
    wake_at: float | None = None


@dataclass(frozen=True, slots=True)
class Wake:
    """A person to look at, and the `wake_at` (epoch seconds) by which they were found."""

    person: int
    at: float


@dataclass(frozen=True, slots=True)
class PoolStats:
    """The driver's connection pool, counted through its events."""

    checked_out: int = 0
    waiting: int = 0
    created: int = 0
    closed: int = 0
    peak: int = 0
    size: int = 0
