"""Outbox items -> Telegram, in order per chat, at least once.

A person's document holds the items that were not delivered when it was saved. A lane is the same in memory while there is something
to do. Why the order and the promises hold, by number:

1. One task works a lane; edits of older messages go beside the next message, everything else one by one.
2. A sent message is noted before the next one of that chat is sent, so a crash repeats one at most. Mostly the person's next turn
   writes it along with everything else. For people without a turn within half a second it is saved together (`notes.py`), while
   their lanes go on.
3. Two kinds of messages may have been delivered without our knowing: the first of a lane taken up at a start, and one whose call
   ended without an answer. They are marked as such, so that no text is held against the wrong copy.
4. `entry.sent` is only ever replaced between two awaits, so the lane and a turn never lose one another's change.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from database.records import Person
from database.store import Store
from handlers.api.answers import ApiError, Unreachable
from handlers.api.refusals import Verdict, judge
from handlers.api.transport import Call
from handlers.outgoing.delivery import Delivery, PersonGone
from handlers.outgoing.lanes import Entry, Lane, Waits, is_send
from handlers.outgoing.notes import Notes
from handlers.outgoing.sending import Sender
from handlers.rendering.messages import PAUSE, Item
from utils import clock

logger = logging.getLogger("waymark.outbox")

EDIT_TRIES = 5  # a keyboard that stays is no reason to hold the next question
SHOWN = ("text", "entities", "caption", "caption_entities", "reply_markup", "link_preview_options")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lane that has something to send: the number sent last, the highest given to it, and the end of Telegram's silence in it
    (epoch seconds)."""

    person: int
    sent: int
    given: int
    held_until: float


class Outbox:
    """All lanes."""

    def __init__(self, store: Store, sender: Sender, waits: Waits) -> None:
        self._store, self._sender, self._waits = store, sender, waits
        self.delivery = Delivery(store, sender)
        self._lanes: dict[int, Lane] = {}
        self.notes = Notes(self.delivery, self._lanes, self._go_on_or_forget)
        self._closing = False
        self._loop = asyncio.get_running_loop()  # kept: to ask for it asks the kernel, too

    def __len__(self) -> int:
        return len(self._lanes)

    def find_entry(self, person: int) -> Entry | None:
        """The person as an open lane knows them."""
        lane = self._lanes.get(person)
        return lane.entry if lane else None

    def list_waiting(self) -> list[Waiting]:
        """Every lane with something to send; for those who watch from outside."""
        return [
            Waiting(lane.person, lane.entry.sent.sequence, lane.given, self.delivery.held_until(lane))
            for lane in self._lanes.values()
            if lane.task is not None and lane.given > lane.entry.sent.sequence
        ]

    def submit(self, entry: Entry, items: Iterable[Item]) -> Lane:
        """`work` is to send these, which were saved just now, and to save `entry.sent` if it is newer than what is stored."""
        lane = self._lanes.get(entry.record.id)
        if lane is None:
            lane = self._lanes[entry.record.id] = Lane(entry.record.id, entry)
        lane.take(items)
        self.notes.resting.pop(lane.person, None)
        return lane

    async def work(self, person: int, task: "asyncio.Task[None]") -> None:
        """Do what was submitted, unless it is being done, in `task`, the caller's; `drop` and `close` may cancel it."""
        lane = self._lanes.get(person)
        if lane is not None and lane.task is None and person not in self.notes.resting:
            lane.task = task
            await self._work(lane)

    def _start(self, lane: Lane) -> None:
        if lane.task is None:
            lane.task = self._loop.create_task(self._work(lane))

    def hurry(self, person: int) -> None:
        """The person did something: no pause is waited out."""
        lane = self._lanes.get(person)
        if lane is not None:
            if lane.items:
                lane.items = deque(item for item in lane.items if item["method"] != PAUSE)
            if lane.hurry is not None:
                lane.hurry.set()

    async def settled(self, person: int, question_key: str) -> None:
        """Wait while the question is on its way, or may have arrived without our knowing."""
        while (lane := self._lanes.get(person)) and lane.is_in_doubt(question_key):
            await lane.moved()

    async def drop(self, person: int) -> None:
        """Forget what was to be said to someone; returns when nothing of theirs is under way."""
        lane = self._lanes.pop(person, None)
        self.notes.resting.pop(person, None)
        if lane is not None and lane.task is not None:
            lane.task.cancel()
            await asyncio.gather(lane.task, return_exceptions=True)
        if self.notes.under_way:  # a note of theirs may be among it, and must not land on a newcomer with their id
            await asyncio.wait(self.notes.under_way)

    def act(self, method: str, params: dict[str, Any]) -> None:
        """Now, best effort, beside every order, never repeated: an answered press, a typing action, a word to a group."""
        self._sender.act(method, params)

    async def restart(self) -> int:
        """Take up what the last process left; gives how many chats. Raises StoreUnavailable."""
        after, found = -1, 0
        while people := await self._store.list_unsent(after):
            for record in people:
                if record.id not in self._lanes:
                    self._take_up(record)
            after, found = people[-1].id, found + len(people)
        return found

    def resume(self, entry: Entry) -> None:
        """Send what the document holds and no lane was given: the write of its turn went through, its acknowledgement did not."""
        lane = self._lanes.get(entry.record.id)
        given = max(entry.sent.sequence, lane.given if lane else 0)
        self._start(self.submit(entry, [item for item in entry.record.outbox if item["n"] > given]))

    def _take_up(self, record: Person) -> None:
        left = [item for item in record.outbox if item["n"] > record.sent.sequence]
        lane = self.submit(Entry(record, record.sent, record.sent), left)
        self._start(lane)
        first = next((item["n"] for item in left if is_send(item)), None)
        if first is not None:
            lane.unsure.add(first)

    async def close(self, grace: float = 3.0) -> None:
        """Let calls under way come to an end for `grace` seconds; the rest is durable and goes out after the next start."""
        self._closing = True
        for lane in self._lanes.values():
            lane.items.clear()
            self.hurry(lane.person)
        self.notes.stop()
        tasks = [*self.notes.under_way, *(lane.task for lane in self._lanes.values() if lane.task)]
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- a lane's work
    async def _work(self, lane: Lane) -> None:
        try:
            while lane.items:
                edits, item = lane.next_batch()
                if edits:
                    await self._deliver_beside(lane, edits, item)
                elif item is not None:
                    await self._send(lane, item)
                    lane.passed(item["n"])
                lane.wake()
            if self._closing and lane.unsaved:
                await self.delivery.save(lane)
        except PersonGone:
            await self._give_up(lane)
        except Exception:  # a fault of ours must not silence this person for good: what is left goes on below
            logger.exception("one message of a lane broke off")
        finally:
            lane.task = None
            lane.wake()
        self._go_on_or_forget(lane)

    def _go_on_or_forget(self, lane: Lane) -> None:
        if self._lanes.get(lane.person) is not lane:
            return
        if lane.items:
            self._start(lane)
        elif lane.unsaved and not self._closing:
            self.notes.rest(lane)
        else:
            del self._lanes[lane.person]
            if not lane.unsaved:
                lane.entry.rest()

    async def _deliver_beside(self, lane: Lane, edits: list[Item], item: Item | None) -> None:
        """Edits of older messages, and the item behind them at the same time."""
        beside = []
        for raw in edits:
            if "token" in raw:
                await self._waits.end(lane.person, raw["token"])
            if edit := lane.aim(raw):
                beside.append((edit, self._sender.begin(lane.person, edit).aside()))
        if item is not None:
            await self._send(lane, item)
        for edit, call in beside:
            await self._edit(lane, edit, call)
        lane.passed((item or edits[-1])["n"])

    async def _send(self, lane: Lane, item: Item) -> None:
        if item["method"] == PAUSE:
            await self._pause(lane, item["seconds"])
            return
        if lane.entry.sent is not lane.entry.durable:
            await self.delivery.save(lane)
        lane.sending = item.get("token", "")
        try:
            result = await self.delivery.deliver(lane, item)
            if result is not None and lane.sending:
                lane.remember(item, result["message_id"], clock.seconds())
                if "seconds" in item:
                    self._begin_wait(lane, item, result["message_id"])
        finally:
            lane.sending = ""
            lane.unsure.discard(item["n"])

    def _begin_wait(self, lane: Lane, item: Item, message_id: int) -> None:
        shown = {key: item["params"][key] for key in SHOWN if key in item["params"]}
        due = {
            "at": clock.seconds() + item["seconds"],
            "token": item["token"],
            "shown": shown,
            "language": lane.entry.record.language,
        }
        lane.entry.sent = lane.entry.sent.changed(due=(*lane.entry.sent.due, due))
        self._waits.begin(lane.person, due, message_id)

    async def _edit(self, lane: Lane, edit: Item, call: Call) -> None:
        """See the edit that was sent to its end; repeating one does no harm, so whatever went wrong is tried in the usual way."""
        try:
            await call.done()
            return
        except ApiError as error:
            if judge(error) is Verdict.DONE:
                return
            if judge(error) is Verdict.GONE:
                raise PersonGone from error
        except Unreachable:
            logger.debug("an edit is tried again")
        try:
            await self.delivery.call(lane, edit, EDIT_TRIES)
        except (ApiError, Unreachable) as error:
            logger.warning("an edit was given up: %s", error)

    async def _pause(self, lane: Lane, seconds: float) -> None:
        lane.hurry = asyncio.Event()
        self.act("sendChatAction", {"chat_id": lane.person, "action": "typing"})
        try:
            await clock.sleep(seconds, unless=lane.hurry)
        finally:
            lane.hurry = None

    async def _give_up(self, lane: Lane) -> None:
        """The person has left or blocked the bot: what was to be said is void."""
        logger.info("one person can't be reached any more; what was to be said is dropped")
        lane.passed(max([lane.entry.record.sequence, *(item["n"] for item in lane.items)]))
        lane.items.clear()
        lane.unsure.clear()
        lane.entry.sent = lane.entry.sent.changed(due=())
        await self.delivery.save(lane)
