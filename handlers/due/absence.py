"""When the bot was away: open questions are shown again, since presses on them may have been dropped.

Telegram forgets a press after 150 s. So after a longer absence people wait for an answer to a press that nobody ever saw. So they
do when the bot is there, but 150 s behind with what waits at Telegram. Everyone who was heard within a day and whose open question
has buttons is shown it once more. Why once, by number:

1. The mark `polling` says until when everything sent is known, so that the next process notices an absence. It is written every 30
   s and at a clean stop. After a crash an absence may therefore seem up to 20 s longer (an idle poll).
2. An absence itself is written down before the first person is shown anything, and stays until all were. A process that ends in the
   middle leaves the rest to the next one.
3. Each person's document says for which absence they were shown their question, in the same write that says it.
4. Each person is looked at again in their own line, behind everything that they had sent meanwhile. Only a question that stood
   there 150 s before the return can have lost a press. Questions asked or shown since are left alone.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import orjson

from database.records import Person, Sent
from database.store import Store, StoreUnavailable
from flow.state.inputs import Show
from flow.times.local_time import is_quiet
from handlers.due.expiry import expire
from handlers.due.pace import Pace
from handlers.incoming.arrivals import Arrival
from handlers.incoming.lines import Lines
from handlers.rendering.keyboards import question_key
from handlers.rendering.messages import is_edit
from handlers.visit.visit import Visit
from utils import clock
from utils.outages import Outage

logger = logging.getLogger("waymark.absence")

PRESS_SECONDS = 150.0  # for which Telegram keeps a callback query
HEARD_SECONDS = 24 * 3600.0  # before the return within which somebody must have been heard
NOTE_SECONDS = 30.0  # between two writings of the last poll
DONE_SECONDS = 10.0  # to wait for the last ones' turn
PAGE_PEOPLE = 200
MARK = "polling"
SHOWN = "shown_again"  # in a person's settings: the absence after which they were shown their question


@dataclass(frozen=True, slots=True)
class Absence:
    """From when not all is known that was sent, to the poll that caught up with it, epoch seconds."""

    since: float
    until: float

    @property
    def word(self) -> str:
        """Its name, from which it can be read back."""
        return f"{self.since:.0f}:{self.until:.0f}"

    @classmethod
    def read(cls, word: str) -> "Absence":
        """The absence of that name, to the second."""
        since, _, until = word.partition(":")
        return cls(float(since), float(until))


def has_lost_press(record: Person, sent: Sent, absence: Absence) -> bool:
    """Whether a press on this person's open question may have been dropped, and they are not known to have been shown it since."""
    if record.run is None or record.blocked_at or not record.seen_at or record.settings.get(SHOWN) == absence.word:
        return False
    name = question_key(record.run["number"], record.run["ask"])
    message = sent.messages.get(name)
    if message is None or message[3] not in ("text", "caption"):  # never shown, or without buttons of its own
        return False
    if any(due["token"] == name for due in sent.due):  # a timer goes on by itself
        return False
    if any(item.get("token") == name and item["n"] > sent.sequence and not is_edit(item) for item in record.outbox):
        return False  # on its way again
    heard, shown = _seconds(record.seen_at), _seconds(message[1])
    return heard >= absence.until - HEARD_SECONDS and shown < absence.until - PRESS_SECONDS


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


async def returned(visit: Visit) -> None:
    """One person's turn after an absence."""
    absence = Absence.read(visit.arrival.data)
    if visit.content is not None and has_lost_press(visit.record, visit.sent, absence):
        visit.change(settings={**visit.record.settings, SHOWN: absence.word})
        if not _is_quiet(visit) and not expire(visit):
            visit.resume(Show())


def _is_quiet(visit: Visit) -> bool:
    """Whether it is an hour in which nothing unasked is said: the question is left as it stands."""
    remind = visit.content.remind if visit.content is not None else None
    return remind is not None and is_quiet(visit.now, remind.quiet, visit.zone)


class Absences:
    """Notices absences and makes up for them: an Arrival of kind `returned` goes into the line of each whose press may be lost."""

    def __init__(self, store: Store, lines: Lines, pace: Pace) -> None:
        self._store, self._lines, self._pace = store, lines, pace
        self._known_until = 0.0  # epoch seconds, by the real clock
        self._noted = 0.0  # when that was written last, epoch seconds
        self._absence: Absence | None = None
        self._caught_up = False
        self._polled = asyncio.Event()
        self._away = Outage("The database", logger, StoreUnavailable)

    async def open(self) -> None:
        """Read what the last process has left. Raises StoreUnavailable."""
        mark = await self._store.find_mark(MARK)
        if mark is not None:
            known = orjson.loads(mark)
            self._known_until = known["last_poll"]
            self._absence = Absence.read(known["absence"]) if known["absence"] else None

    def is_present(self) -> bool:
        """Whether all that people sent until just now is known here."""
        return self._caught_up and _now() - self._known_until < PRESS_SECONDS

    def polled(self, at: float, known_until: float) -> None:
        """A poll was answered at that moment; all that people sent until `known_until` (0: that can't be told) lies in the lines.

        Both are real time: a clock that is put forward is no absence.
        """
        if self._known_until and at - self._known_until > PRESS_SECONDS:
            self._fall_behind(at)
        self._known_until = max(self._known_until, known_until)
        self._caught_up = self._caught_up or known_until >= at
        self._polled.set()

    def _fall_behind(self, at: float) -> None:
        """An absence has ended, unless more is waiting than one poll brings: then it goes on until all of it is there."""
        ahead = (clock.now() - clock.real()).total_seconds()  # of a trial
        goes_on = self._absence is not None and not self._caught_up
        since = self._absence.since if self._absence is not None and goes_on else self._known_until + ahead
        if not goes_on:
            logger.warning("the bot was away for %.0f s; open questions will be shown again", at - self._known_until)
        self._absence, self._caught_up = Absence(since, at + ahead), False

    async def beat(self) -> None:
        """For ever, in the place of polls where Telegram brings the updates: the bot is there for as long as its process lives.

        One beat later, everything that had to wait for it counts as delivered.
        """
        caught_up = False
        while True:
            self.polled(_now(), _now() if caught_up else 0.0)
            caught_up = True
            await asyncio.sleep(NOTE_SECONDS)

    async def watch(self) -> None:
        """For ever."""
        while True:
            await self._polled.wait()
            self._polled.clear()
            if self._absence is not None and self._caught_up:
                await self._make_up_for(self._absence)
            await self._note_in_time()

    async def close(self) -> None:
        """The last word of a clean stop."""
        if self._noted:  # else nothing was polled
            try:
                await self._save()
            except StoreUnavailable as error:
                logger.info("the time of the last poll could not be noted: %s", error)

    async def _make_up_for(self, absence: Absence) -> None:
        await self._away.insist(self._save)
        heard = datetime.fromtimestamp(absence.until - HEARD_SECONDS, UTC).isoformat()
        after, asked = -1, set[int]()
        page = partial(self._store.list_open, limit=PAGE_PEOPLE, heard_since=heard)
        while self._absence is absence and (people := await self._away.insist(partial(page, after))):
            for record in people:
                if self._absence is absence and has_lost_press(record, record.sent, absence):
                    await self._show_again(record.id, absence)
                    asked.add(record.id)
            after = people[-1].id
        await self._until_done(asked)
        if self._absence is absence:
            self._absence = None
            await self._away.insist(self._save)
            logger.info("%d people had their turn after the absence", len(asked))

    async def _show_again(self, person: int, absence: Absence) -> None:
        await self._note_in_time()
        await self._pace.keep()
        self._pace.spoken()
        self._lines.put(Arrival(0, "returned", person, person, data=absence.word, received=clock.seconds()))

    async def _until_done(self, people: set[int]) -> None:
        """So that nobody is left out by a crash just now. Somebody with a long wait of their own does not hold up the rest."""
        for _ in range(int(DONE_SECONDS / 0.05)):
            if not any(self._lines.waiting(person) for person in people):
                return
            await asyncio.sleep(0.05)

    async def _note_in_time(self) -> None:
        if abs(_now() - self._noted) >= NOTE_SECONDS:
            await self._away.insist(self._save)

    async def _save(self) -> None:
        absence = self._absence.word if self._absence else ""
        await self._store.save_mark(MARK, orjson.dumps({"last_poll": self._known_until, "absence": absence}).decode())
        self._noted = _now()


def _now() -> float:
    return clock.real().timestamp()
