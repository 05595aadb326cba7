"""The bot as a whole: its parts put together, started in order, stopped in order."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from telegram.ext import Application, ExtBot

from database.store import Store, StoreUnavailable
from flow.programme import Programme
from flow.times.zones import Place
from handlers.api.errors import describe
from handlers.api.transport import Transport
from handlers.chat.attachments import make_makers
from handlers.chat.groups import Groups
from handlers.due.absence import Absences
from handlers.due.replanning import Hours
from handlers.due.wakes import Wakes
from handlers.incoming.arrivals import Arrival
from handlers.incoming.dispatch import Dispatcher
from handlers.incoming.flood import Flood
from handlers.incoming.inbox import Inbox
from handlers.incoming.intake import Intake
from handlers.incoming.ordering import Ordering
from handlers.operator.reload import Reader, Reloader
from handlers.operator.report import Reporter
from handlers.outgoing.lanes import Entry
from handlers.outgoing.outbox import Outbox
from handlers.outgoing.sending import Sender
from handlers.outgoing.timers import Timers
from handlers.rendering.richtext import render_markdown
from handlers.startup import announce_commands, meet
from handlers.turns import Turns
from handlers.visit.catalogue import Catalogue
from handlers.visit.cities import Cities, load_places
from handlers.visit.clocks import Clocks
from handlers.visit.visit import House
from media.library import Library
from utils import clock
from utils.outages import Outage, backoff
from utils.process import is_slow_build, read_process
from utils.settings import Settings
from utils.state import StateStore
from utils.watchdog import Watchdog

logger = logging.getLogger("waymark.service")
T = TypeVar("T")
LANGUAGES = ("ar", "de", "en", "es", "fa", "fr", "he", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "zh")

GRACE = 5.0  # seconds that turns under way get at a stop
GLANCE = 0.02  # seconds between two looks whether they have
KEPT_APPLIED = 72 * 3600.0  # seconds for which ids of applied updates are remembered
KEEPING = 3600.0  # seconds between two rounds of housekeeping
ENTRIES = 10_000  # people kept in memory while idle
THINKING = 60.0  # seconds between two looks at who is idle, whose entry is then folded


class Companion(Protocol):
    """What lives beside the bot, such as the web server: started before everything else, stopped before it."""

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Also when it was never started."""


class Service:
    """`run` is the whole life of the process; `stop` may be set by a signal at any moment.

    `companions` and `receive` may be changed before `run`: the latter takes updates in for ever, by polling unless it is replaced.
    """

    def __init__(self, settings: Settings, store: Store, programmes: Mapping[str, Programme], read: Reader) -> None:
        """`programmes` are served at first; `read` reads them again (/reload)."""
        self.settings, self.store = settings, store
        self.stop = asyncio.Event()
        token, base = settings.bot_token.get_secret_value(), f"{settings.bot_api_url}/bot"
        self.transport = Transport(
            f"{base}{token}",
            read=settings.telegram_read_timeout,
            write=settings.telegram_write_timeout,
            connect=settings.telegram_connect_timeout,
            pool=settings.telegram_pool_timeout,
        )
        self.bot: ExtBot[None] = ExtBot(token, base_url=base, request=self.transport, get_updates_request=self.transport)
        self.ordering = Ordering(settings.concurrent_updates)
        self.catalogue = Catalogue(programmes, store)
        self.reloader = Reloader(read, self.catalogue, settings.admin_ids, self._tell)
        self.absences = Absences(store, self.dispatch, self.ordering.waiting, lambda: self.ordering.outstanding)
        self.wakes = Wakes(store, self.dispatch, lambda: self.ordering.outstanding, self.absences.is_present)
        self._loop = asyncio.get_running_loop()
        self.watchdog = Watchdog(self._loop)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._turns: set[asyncio.Task[None]] = set()
        self.companions: list[Companion] = []
        self.clocks = Clocks(ZoneInfo(settings.default_timezone))
        self.hours = Hours(store, self.catalogue, settings.default_timezone)
        self._build()

    def _build(self) -> None:
        sender = Sender(
            self.transport, self.store, Library(self.settings.programmes), make_makers(self.store, self.catalogue, self.clocks)
        )
        self.timers = Timers(self.store, sender, self._elapsed)
        self.outbox = Outbox(self.store, sender, self.timers)
        self.flood = Flood(self.ordering.waiting, self.outbox.act)
        self.inbox = Inbox(self.store, self.dispatch, lambda: self.ordering.outstanding, self._is_ready)
        self.intake = Intake(self.transport, self.inbox, self.flood, self.absences.polled)
        self.receive: Callable[[], Coroutine[Any, Any, None]] = self.intake.poll
        self.groups = Groups(self.outbox.act)
        reporter = Reporter(self.store, self.ordering, self.outbox, self.intake, self.flood, self.watchdog)
        admins, waiting = self.settings.admin_ids, self.ordering.waiting
        late = timedelta(hours=self.settings.remind_late_hours)
        house = House(
            self.catalogue,
            self.clocks,
            late,
            admins,
            reporter.report,
            self.reloader.reload,
            waiting,
            self.wakes.pace.spoken,
            self.wakes.skips.note,
        )
        self.states: StateStore[Entry] = StateStore(ENTRIES)
        turns = Turns(self.store, self.states, self.outbox, house, self.groups, self.inbox.store_now)
        builder = Application.builder().application_class(Dispatcher, {"apply": turns.apply})
        self.application = builder.bot(self.bot).updater(None).concurrent_updates(self.ordering).build()

    def dispatch(self, arrival: Arrival) -> None:
        """Into the person's line."""
        self.ordering.announce(arrival)
        self._turns.add(self._loop.create_task(self._handle(arrival)))

    def _elapsed(self, person: int, token: str) -> None:
        """The wait of that question is over."""
        self.dispatch(Arrival(0, "elapsed", person, person, data=token, received=clock.now().timestamp()))

    async def _handle(self, arrival: Arrival) -> None:
        """The turn, then what it has to say, in one task: a second one would cost as much as a tenth of the turn."""
        task = asyncio.current_task(self._loop)
        assert task is not None, "dispatch() made it"
        try:
            # what PTB's own fetcher does with its queue, without the queue: a tenth of a turn's cost
            await self.ordering.process(arrival, self.application.process_update(arrival))
        except Exception as error:  # noqa: BLE001 (whatever a turn raises, the others go on)
            logger.error("a turn broke off and will be taken up again: %s", describe(error))
        finally:
            self._turns.discard(task)
            self.inbox.done(arrival)
        await self.outbox.work(arrival.line, task)

    def _is_ready(self, person: int) -> bool:
        return person in self.states and not self.ordering.waiting(person)

    def _tell(self, admin: int, words: str) -> None:
        """Through the admin's own line, so that it is durable and in order; nobody who never wrote to the bot is told."""
        self.dispatch(Arrival(0, "notice", admin, admin, words, received=clock.now().timestamp()))

    async def run(self) -> None:
        """Start, serve until `stop` is set, end. Raises TokenRefused, StoreError (SchemaTooNew among them)."""
        try:
            for companion in self.companions:
                await companion.start()
            if await self._unless_stopped(self._start()):
                await self._unless_stopped(self.receive())
        finally:
            await self._end()

    async def _unless_stopped(self, work: Coroutine[Any, Any, Any]) -> bool:
        """Whether `work` came to its end before `stop` was set."""
        task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(self.stop.wait())
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if task.done():
            task.result()
            return True
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return False

    async def _start(self) -> None:
        self.watchdog.start()
        await self.transport.initialize()
        zones = asyncio.create_task(asyncio.to_thread(_load_first))  # while Telegram and the database are waited for
        meeting = asyncio.create_task(meet(self.transport))
        self._tasks.add(meeting)
        await self._insist(self.store.open)
        me = await meeting
        self.groups.username = me["username"]
        self.transport.me = me
        await self.application.initialize()
        await self.application.start()
        await self._insist(self.catalogue.keep)
        await self._insist(self.absences.open)
        self.clocks.take(await zones)
        logger.info("serving as @%s: %s", me["username"], ", ".join(self.catalogue.live))
        if is_slow_build():
            logger.info("this Python was not built for speed, a step takes a third more CPU: docs/operating.md, Which Python")
        chats, updates = await self._insist(self.outbox.restart), await self._insist(self.inbox.take_up)
        if chats or updates:
            logger.info("taken up from before: %d chats to write to, %d updates to handle", chats, updates)
        commands = announce_commands(self.application.bot, self.settings.admin_ids)
        for work in (commands, self._make_ready(), self.timers.sweep(), self.inbox.watch(), self._keep_house(), self._fold_idle()):
            self._tasks.add(asyncio.create_task(work))
        beats = () if self.receive == self.intake.poll else (self.absences.beat(),)
        for watch in (self.absences.watch(), self.reloader.watch(), self.wakes.watch(), self.hours.watch(), *beats):
            self._tasks.add(asyncio.create_task(watch))

    async def _make_ready(self) -> None:
        """What the first turns can do without, or make themselves if they come sooner."""
        await asyncio.to_thread(read_process)  # from here on /stats counts the CPU
        await asyncio.to_thread(self._compile)
        languages = frozenset((*LANGUAGES, *self.catalogue.languages))
        try:
            await self.clocks.learn(lambda: asyncio.to_thread(_load_cities, languages))
        except (ImportError, OSError, ValueError, LookupError) as error:  # all but the choice of a zone goes on
            logger.error("the names of cities can't be loaded, nobody can choose a time zone: %s", describe(error))

    def _compile(self) -> None:
        for programme in list(self.catalogue.live.values()):
            programme.plans  # noqa: B018 (made by being asked for)

    async def _insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Something that a start can't do without; waits for a database that is away. All of it may be begun again."""
        away, attempt = Outage("The database", logger), 0
        while True:
            try:
                result = await work()
                away.over()
                return result
            except StoreUnavailable as error:
                away.report(error)
                await asyncio.sleep(backoff(attempt))
                attempt += 1

    async def _keep_house(self) -> None:
        while True:
            try:
                await self.store.delete_applied(clock.now().timestamp() - KEPT_APPLIED)
            except StoreUnavailable as error:
                logger.info("housekeeping waits for the next round: %s", error)
            await asyncio.sleep(KEEPING)

    async def _fold_idle(self) -> None:
        """Whoever thinks for long takes little memory: unfolding costs a tenth of a turn, so quick ones are left as they are."""
        while True:
            await asyncio.sleep(THINKING)
            await self.states.fold(lambda person, entry: self.outbox.find_entry(person) is None and entry.fold())

    async def _finish_turns(self) -> None:
        """What is being applied comes to its end; what takes longer is cut off and stays in the inbox."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                while self._turns:  # noqa: ASYNC110 (their tasks go on: with what is to be said)
                    await asyncio.sleep(GLANCE)
        cut_off = list(self._turns)
        for task in cut_off:
            task.cancel()
        await asyncio.gather(*cut_off, return_exceptions=True)

    async def _end(self) -> None:
        """Take nothing in, finish what is being applied, leave the rest durable."""
        logger.info("stopping")
        for companion in self.companions:
            await companion.stop()
        self.ordering.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.application.running:
            await self._finish_turns()
            await self.application.stop()
        await self.timers.close()
        await self.outbox.close()
        await self.application.shutdown()
        await self.transport.shutdown()
        await self.absences.close()
        await self.store.close()
        self.watchdog.stop()
        logger.info("stopped")


def _load_first() -> tuple[Place, ...]:
    """The zones; and the Markdown parser, which no turn may load: while a thread is at it too, the turn waits, with everybody."""
    render_markdown("")
    return load_places()


def _load_cities(languages: frozenset[str]) -> Cities:
    from handlers.visit.city_names import load_cities  # here, so that the start doesn't wait for Babel

    return load_cities(languages)
