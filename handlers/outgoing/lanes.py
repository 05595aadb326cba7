"""The outbox in memory: one lane a person while there is something to do."""

import asyncio
import logging
import marshal
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from database.records import Person, Sent
from database.update_ids import has_id, highest_id
from flow.state.run import Run
from flow.times.local_time import iso_seconds
from handlers.rendering.messages import PAUSE, Item, is_edit

logger = logging.getLogger("waymark.lanes")

KEPT_MESSAGES = 4  # question tokens whose message ids are remembered; a press brings the id of its own message along
NOBODY, NOTHING = Person(0), Sent()


@dataclass(slots=True)
class Entry:
    """One person in memory: the document as saved last, what was sent since, what of that is durable. `run` is the open run ready
    made (None: not made yet), `highest` the highest id of an applied update (None: not looked for yet). While `folded` holds record
    and sent, those are nobody's."""

    record: Person
    sent: Sent
    durable: Sent
    run: Run | None = None
    highest: int | None = None
    folded: bytes = b""

    def has_applied(self, update_id: int) -> bool:
        """Whether the record knows that update; hardly ever are all 64 ids to be looked at."""
        if self.highest is None:
            self.highest = highest_id(self.record.updates)
        return update_id <= self.highest and has_id(self.record.updates, update_id)

    def rest(self) -> None:
        """All is sent and durable, and the person thinks: keep no message that went out, nor what the next turn makes in 2 µs."""
        record, number = self.record, self.sent.sequence
        if record.outbox:
            self.record = record.changed(outbox=tuple([item for item in record.outbox if item["n"] > number]))
        self.run = None

    def fold(self) -> bool:
        """Into bytes, a third of the size or less, for one who thinks on; False when something is still to be made durable, or when
        the record holds what marshal does not know (it knows all of JSON).

        Not while a turn or a lane has it. The bytes never leave this process, so that Python's own form will do: it is the quickest
        that gives back lists as lists and tuples as tuples.
        """
        if self.sent is not self.durable or self.folded:
            return False
        self.rest()
        try:
            self.folded = marshal.dumps({**self.record.__dict__, "sent": self.sent.__dict__})
        except ValueError as error:
            logger.debug("one person stays as they are: %s", error)
            return False
        self.record, self.sent, self.durable = NOBODY, NOTHING, NOTHING
        return True

    def unfold(self) -> None:
        """As it was before `fold`."""
        facts = marshal.loads(self.folded)
        self.sent = self.durable = NOTHING.changed(**facts.pop("sent"))
        self.record, self.folded = NOBODY.changed(**facts, sent=self.sent), b""


class Waits(Protocol):
    """The watcher of waits that begin when a message has gone out."""

    def begin(self, person: int, due: dict[str, Any], message_id: int) -> None:
        """`due` as it stands in `Sent.due`."""

    async def end(self, person: int, question_key: str) -> None:
        """The question is closed; returns when no edit of it is under way."""


@dataclass(slots=True)
class Lane:
    """One chat's way out. `unsure` are numbers of items that may have been delivered already; `sending` is the question that
    is on its way just now."""

    person: int
    entry: Entry
    items: deque[Item] = field(default_factory=deque)
    task: "asyncio.Task[None] | None" = None
    hurry: asyncio.Event | None = None  # set cuts the pause short that is being waited out
    waiters: list["asyncio.Future[None]"] = field(default_factory=list)
    unsure: set[int] = field(default_factory=set)
    sending: str = ""
    given: int = 0

    def take(self, items: Iterable[Item]) -> None:
        """Behind what is there; `given` is the highest number that this lane has seen."""
        self.items.extend(items)
        if self.items:
            self.given = max(self.given, self.items[-1]["n"])

    @property
    def unsaved(self) -> bool:
        """Whether `entry.sent` is newer than what is stored."""
        return self.entry.sent is not self.entry.durable

    def note(self, sent: Sent, before: Sent) -> bool:
        """`sent` was saved. False: a turn was written since `before` was durable, and which of the two came last can't be known."""
        if self.entry.durable is not before:
            return False
        self.entry.durable = sent
        return True

    def next_batch(self) -> tuple[list[Item], Item | None]:
        """The edits that stand first, and the one item behind them."""
        edits = []
        while self.items and self.items[0]["method"].startswith("edit"):
            edits.append(self.items.popleft())
        return edits, self.items.popleft() if self.items else None

    def is_in_doubt(self, question_key: str) -> bool:
        """Whether the question is on its way, or may have arrived without our knowing."""
        return self.sending == question_key or any(
            item.get("token") == question_key and item["n"] in self.unsure for item in self.items
        )

    def passed(self, number: int) -> None:
        """Everything up to that number was delivered or given up."""
        if number > self.entry.sent.sequence:
            self.entry.sent = self.entry.sent.changed(sequence=number)

    def remember(self, item: Item, message_id: int, now: float) -> None:
        """Which message a question is, and from when its wait counts: `now`, epoch seconds."""
        sent = self.entry.sent
        copy = int(item["n"] in self.unsure)
        known, shown = sent.messages.get(item["token"]), [message_id, iso_seconds(now), copy, item["kind"]]
        if known is not None:
            shown.append(known[4] if len(known) > 4 else known[1])
        messages = {**sent.messages, item["token"]: shown}
        while len(messages) > KEPT_MESSAGES:
            del messages[next(iter(messages))]
        self.entry.sent = sent.changed(messages=messages)

    def aim(self, edit: Item) -> Item | None:
        """The edit with the id of its message; None when that was never sent, or has no keyboard of its own."""
        if "token" not in edit:
            return edit
        known = self.entry.sent.messages.get(edit["token"])
        if known is None or known[3] not in ("text", "caption"):
            return None
        return {**edit, "params": {**edit["params"], "message_id": known[0]}}

    def wake(self) -> None:
        """Let whoever waits for this lane look again."""
        if not self.waiters:
            return
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def moved(self) -> None:
        """Wait for the next `wake`."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiters.append(waiter)
        await waiter


def is_send(item: Item) -> bool:
    """A new message."""
    return item["method"] != PAUSE and not is_edit(item)
