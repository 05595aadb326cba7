"""One turn: lock, load, let a handler decide, write once, then let the outbox send.

A turn may be tried again from its beginning, because all it does before its one write is in memory. Another try finds either the
state before (nothing was written), or its own update id among the last applied: then the write had gone through and only its
acknowledgement was lost.
"""

import logging
import time
from typing import Any

from database.records import Person
from database.store import RevisionConflict, Store, StoreUnavailable
from database.update_ids import add_id
from flow.state.run import Run
from flow.times.local_time import iso_moment
from handlers.api.errors import describe
from handlers.chat.closing import say_closing
from handlers.chat.groups import Groups
from handlers.due.wakes import plan_wake
from handlers.incoming.arrivals import Arrival
from handlers.incoming.inbox import Inbox
from handlers.outgoing.lanes import Entry
from handlers.outgoing.outbox import Outbox
from handlers.rendering.keyboards import question_key
from handlers.rendering.messages import BEHIND, Item
from handlers.rendering.sentences import sentence
from handlers.routes import handle, is_answer
from handlers.visit.bot_context import BotContext
from handlers.visit.visit import Visit
from utils import clock
from utils.outages import Outage
from utils.performance import monitor_performance, pseudonym
from utils.person_cache import PersonCache

logger = logging.getLogger("waymark.turns")

UNASKED = frozenset({"returned", "wake"})  # messages that nobody waits for go out after the replies
TRIES = 3  # a handler that fails so often gets its update taken away


class Turns:
    """Applies arrivals; one at a time per person (the lines see to that, the lock of the cache makes sure)."""

    def __init__(
        self, store: Store, cache: PersonCache[Entry], inbox: Inbox, outbox: Outbox, bot: BotContext, groups: Groups
    ) -> None:
        self._store, self._cache, self._inbox, self._outbox = store, cache, inbox, outbox
        self._bot, self._groups = bot, groups
        self._away = Outage("The database", logger, StoreUnavailable)

    async def apply(self, arrival: Arrival) -> None:
        """Until it is applied, or buried after TRIES failures; waits for a database that is away."""
        arrival.begun = time.monotonic()
        failures = attempt = 0
        fresh = False
        while True:
            try:
                if arrival.person is None:
                    await self._answer_group(arrival)
                elif is_answer(arrival):
                    await self._answer_question(arrival, fresh)
                else:
                    await self._turn(arrival, fresh)
                if self._away.since:
                    self._away.over()
                break
            except RevisionConflict:
                logger.info("person %s was written meanwhile; read again", pseudonym(arrival.line))
            except StoreUnavailable as error:
                await self._away.wait(error, attempt)
                attempt += 1
            except Exception as error:  # noqa: BLE001 (whatever a handler does, the next message is handled as usual)
                failures += 1
                if failures >= TRIES:
                    await self._bury(arrival, error)
                    break
            fresh = True
        arrival.is_durable = True

    async def _answer_group(self, arrival: Arrival) -> None:
        self._groups.answer(arrival)
        await self._store.save_applied([arrival.update_id], arrival.received)

    async def _turn(self, arrival: Arrival, fresh: bool) -> None:
        async with self._cache.hold(arrival.line) as slot:
            entry = slot.value or self._outbox.find_entry(arrival.line)
            if entry is not None and entry.folded:
                entry.unfold()
            if entry is None or fresh:
                entry = await self._load(arrival, entry)
            if fresh and entry is not None:  # messages of the write before, if it went through: a wait has no id that would tell
                self._outbox.resume(entry)
            if entry is None or entry.has_applied(arrival.update_id):
                if entry is not None and fresh:
                    self._answer_press(arrival, "")
                await self._pass_over(arrival)
                return
            slot.value = entry
            visit = await self._visit(arrival, entry)
            await handle(visit)
            if visit.ended is not None:
                say_closing(visit, *visit.ended)
            if visit.forget:
                slot.value = None
                await self._forget(visit)
            else:
                plan_wake(visit)
                await self._save(visit, entry)

    _answer_question = monitor_performance("process_question")(_turn)

    async def _load(self, arrival: Arrival, known: Entry | None) -> Entry | None:
        """The stored person, or a new one; nobody is made by a wait that is over or a block.

        An entry that is in use keeps what was sent: the lane knows that better than the store.
        """
        record = await self._store.find_person(arrival.line)
        if record is None:
            if not arrival.is_heard:
                return None
            record = Person(arrival.line, created_at=clock.now().isoformat())
        if known is None:
            return Entry(record, record.sent, record.sent)
        known.record, known.run, known.highest = record, None, None
        return known

    async def _pass_over(self, arrival: Arrival) -> None:
        if arrival.update_id:
            await self._store.save_applied([arrival.update_id], clock.now().timestamp())

    async def _visit(self, arrival: Arrival, entry: Entry) -> Visit:
        run = entry.record.run
        content = None
        if run:
            catalogue = self._bot.catalogue
            content = catalogue.find_known(run["digest"]) or await catalogue.find_content(run["digest"])
        if arrival.is_heard:
            self._outbox.hurry(arrival.line)
            if run and arrival.kind != "press" and not arrival.command:  # only words can be held against the wrong question
                await self._outbox.settled(arrival.line, question_key(run["number"], run["ask"]))
        if run and entry.run is None:
            entry.run = Run.from_dict(run)
        return Visit(self._bot, arrival, _named(entry.record, arrival), entry.sent, entry.run, content, clock.now())

    async def _save(self, visit: Visit, entry: Entry) -> None:
        arrival, record = visit.arrival, visit.record
        items = _numbered(visit.items, record.sequence, arrival.kind in UNASKED)
        changes: dict[str, Any] = {
            "outbox": (*_left(record, entry, visit), *items),
            "sequence": record.sequence + len(items),
            "sent": entry.sent,
        }
        if arrival.update_id:
            changes["updates"] = add_id(record.updates, arrival.update_id)
        if arrival.is_heard:
            changes["seen_at"] = iso_moment(visit.now)
        visit.change(**changes)
        sent = entry.sent
        entry.record = await self._store.save_person(visit.record, arrival.update_id or None, entry.record)
        entry.durable, entry.run, entry.highest = sent, visit.run, max(entry.highest or 0, arrival.update_id)
        self._send(visit, entry, items)

    def _send(self, visit: Visit, entry: Entry, items: list[Item]) -> None:
        """After the write: the pressed button's answer beside everything else, then what is to be said."""
        self._answer_press(visit.arrival, visit.toast)
        sent = entry.sent
        if visit.unsaid:
            sent = sent.changed(sequence=max(sent.sequence, visit.record.sequence), due=())
        elif visit.ended_waits and sent.due:
            sent = sent.changed(due=tuple(due for due in sent.due if due["token"] not in visit.ended_waits))
        entry.sent = sent
        if items or sent is not entry.durable:
            self._outbox.submit(entry, items)

    def _answer_press(self, arrival: Arrival, toast: str) -> None:
        if arrival.query_id:
            words = {"text": toast} if toast else {}
            self._outbox.act("answerCallbackQuery", {"callback_query_id": arrival.query_id, **words})

    async def _forget(self, visit: Visit) -> None:
        """Nothing of them stays, so the farewell can't be kept either: it is sent once, best effort."""
        await self._outbox.drop(visit.person)
        await self._store.delete_person(visit.person)
        await self._pass_over(visit.arrival)
        self._answer_press(visit.arrival, "")
        for item in visit.items:
            if "message_id" in item["params"]:
                self._outbox.act(item["method"], {"chat_id": visit.person, **item["params"]})
        self._outbox.act("sendMessage", {"chat_id": visit.person, "text": visit.sentence(visit.forget)})

    async def _bury(self, arrival: Arrival, error: Exception) -> None:
        """The update goes to the dead letters, the person gets an apology, the operator a line."""
        reason = describe(error)
        logger.error("an update of person %s failed %d times and is put aside: %s", pseudonym(arrival.line), TRIES, reason)
        if not arrival.update_id:
            return
        await self._away.insist(lambda: self._save_dead(arrival.update_id, reason))
        self._answer_press(arrival, "")
        if arrival.person is not None:
            self._outbox.act("sendMessage", {"chat_id": arrival.person, "text": sentence("trouble", arrival.language)})

    async def _save_dead(self, update_id: int, reason: str) -> None:
        await self._inbox.store_now(update_id)
        await self._store.save_dead(update_id, reason, clock.now().isoformat())


def _left(record: Person, entry: Entry, visit: Visit) -> list[Item]:
    """The items of earlier turns that are still to be said."""
    sent = entry.sent.sequence
    return [] if visit.unsaid else [item for item in record.outbox if item["n"] > sent]


def _numbered(items: list[Item], sequence: int, unasked: bool) -> list[Item]:
    for number, item in enumerate(items, sequence + 1):
        item["n"] = number
        if unasked:
            item[BEHIND] = True
    return items


def _named(record: Person, arrival: Arrival) -> Person:
    """The names that Telegram gives now; the record itself where nothing changed."""
    sender = arrival.sender
    if not sender:
        return record
    get = sender.get
    names = get("first_name") or "", get("last_name") or "", get("username") or "", get("language_code") or ""
    if names == (record.first_name, record.last_name, record.username, record.language):
        return record
    first, last, username, language = map(str, names)
    return record.changed(first_name=first, last_name=last, username=username, language=language)
