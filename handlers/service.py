"""The bot as a whole: its parts put together, started in order, stopped in order."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from telegram.ext import Application, ExtBot

from database.store import Store, StoreError, StoreUnavailable
from flow.programme import Programme
from handlers.api.transport import Transport
from handlers.chat.attachments import make_makers
from handlers.chat.groups import Groups
from handlers.due.absence import Absences
from handlers.due.pace import Pace
from handlers.due.replanning import Replanning
from handlers.due.wakes import Wakes
from handlers.incoming.dispatch import Dispatcher
from handlers.incoming.flood import Flood
from handlers.incoming.inbox import Inbox
from handlers.incoming.intake import Intake
from handlers.incoming.lines import Lines
from handlers.operator.reload import Reader, Reloader
from handlers.operator.report import Reporter
from handlers.outgoing.lanes import Entry
from handlers.outgoing.outbox import Outbox
from handlers.outgoing.sending import Sender
from handlers.outgoing.timers import Timers
from handlers.startup import announce_commands, load_first, make_ready, meet
from handlers.turns import Turns
from handlers.visit.bot_context import BotContext
from handlers.visit.catalogue import Catalogue
from handlers.visit.clocks import Clocks
from media.library import Library
from utils import clock
from utils.outages import Outage
from utils.person_cache import PersonCache
from utils.process import is_slow_build
from utils.settings import Settings
from utils.systemd import notify_systemd
from utils.watchdog import Watchdog

logger = logging.getLogger("waymark.service")

APPLIED_SECONDS = 72 * 3600.0  # for which ids of applied updates are remembered
HOUSEKEEPING_SECONDS = 3600.0  # between two rounds of it
PEOPLE_IN_MEMORY = 10_000  # while idle
OUTBOX_SECONDS = 2.0  # for which calls under way may come to their end at a stop
DATABASE_SECONDS = 1.5  # for each last word to a database at a stop; with the turns' 4 s it takes less than 10 s in all
IDLE_SECONDS = 60.0  # between two looks at who is idle, whose entry is then folded


class Companion(Protocol):
    """Something that lives beside the bot, such as the web server: started before everything else, stopped before it."""

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Also when it was never started."""


class Service:
    """`run` is the whole life of the process; a signal may set `stop` at any moment. `serving` is set once updates are taken in.

    `companions` and `receive` may be changed before `run`: the latter takes updates in for ever, by polling unless it is replaced.
    """

    def __init__(self, settings: Settings, store: Store, programmes: Mapping[str, Programme], read: Reader) -> None:
        """`programmes` are served at first; `read` reads them again (/reload)."""
        self.settings, self.store = settings, store
        self.stop, self.serving = asyncio.Event(), asyncio.Event()
        self.companions: list[Companion] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._database = Outage("The database", logger, StoreUnavailable)
        token, base = settings.bot_token.get_secret_value(), f"{settings.bot_api_url}/bot"
        self.transport = Transport(
            f"{base}{token}",
            read=settings.telegram_read_timeout,
            write=settings.telegram_write_timeout,
            connect=settings.telegram_connect_timeout,
            pool=settings.telegram_pool_timeout,
        )
        self.bot: ExtBot[None] = ExtBot(token, base_url=base, request=self.transport, get_updates_request=self.transport)
        self.watchdog = Watchdog(asyncio.get_running_loop())
        self.lines = Lines(settings.concurrent_updates)
        self.cache: PersonCache[Entry] = PersonCache(PEOPLE_IN_MEMORY)
        self.catalogue = Catalogue(programmes, store)
        self.clocks = Clocks(ZoneInfo(settings.default_timezone))
        self._build_outgoing()
        self._build_incoming()
        self._build_due()
        self.reloader = Reloader(read, self.catalogue, settings.admin_ids, self.lines)
        self._build_turns()

    def _build_outgoing(self) -> None:
        makers = make_makers(self.store, self.catalogue, self.clocks)
        sender = Sender(self.transport, self.store, Library(self.settings.programmes), makers)
        self.timers = Timers(self.store, sender, self.lines)
        self.outbox = Outbox(self.store, sender, self.timers)

    def _build_incoming(self) -> None:
        self.pace = Pace(self.lines)
        self.absences = Absences(self.store, self.lines, self.pace)
        self.flood = Flood(self.lines, self.outbox.act)
        self.inbox = Inbox(self.store, self.lines, self.cache)
        self.intake = Intake(self.transport, self.inbox, self.flood, self.absences.polled)
        self.receive: Callable[[], Coroutine[Any, Any, None]] = self.intake.poll

    def _build_due(self) -> None:
        self.wakes = Wakes(self.store, self.lines, self.pace, self.absences.is_present)
        self.replanning = Replanning(self.store, self.catalogue, self.settings.default_timezone)

    def _build_turns(self) -> None:
        reporter = Reporter(self.store, self.lines, self.outbox, self.intake, self.flood, self.watchdog)
        context = BotContext(
            self.catalogue,
            self.clocks,
            self.lines,
            late=timedelta(hours=self.settings.remind_late_hours),
            admins=self.settings.admin_ids,
            report=reporter.report,
            reload=self.reloader.reload,
            spoken=self.pace.spoken,
            skipped=self.wakes.skips.note,
        )
        self.groups = Groups(self.outbox.act)
        turns = Turns(self.store, self.cache, self.inbox, self.outbox, context, self.groups)
        builder = Application.builder().application_class(Dispatcher, {"apply": turns.apply})
        self.application = builder.bot(self.bot).updater(None).concurrent_updates(self.lines).build()
        self.lines.connect(self.application.process_update, self.inbox.done, self.outbox.work)

    async def run(self) -> None:
        """Start, serve until `stop` is set, end. Raises TokenRefused, StoreError (SchemaTooNew among them)."""
        try:
            for companion in self.companions:
                await companion.start()
            if await self._unless_stopped(self._start()):
                self.serving.set()
                notify_systemd("READY=1")
                await self._unless_stopped(self.receive())
        finally:
            self.serving.clear()
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
        zones = asyncio.create_task(asyncio.to_thread(load_first))  # while Telegram and the database are waited for
        meeting = asyncio.create_task(meet(self.transport))
        self._tasks.add(meeting)
        await self._database.insist(self.store.open)
        me = await meeting
        self.groups.username = me["username"]
        self.transport.me = me
        await self.application.initialize()
        await self.application.start()
        await self._database.insist(self.catalogue.keep)
        await self._database.insist(self.absences.open)
        self.clocks.take(await zones)
        logger.info("serving as @%s: %s", me["username"], ", ".join(self.catalogue.live))
        if is_slow_build():
            logger.info("this Python was not built for speed, a step takes a third more CPU: docs/operating.md, Which Python")
        chats, updates = await self._database.insist(self.outbox.restart), await self._database.insist(self.inbox.take_up)
        if chats or updates:
            logger.info("taken up from before: %d chats to write to, %d updates to handle", chats, updates)
        self._start_watching()

    def _start_watching(self) -> None:
        """Start everything that goes on beside the turns until the end."""
        work = [
            announce_commands(self.application.bot, self.settings.admin_ids),
            make_ready(self.catalogue, self.clocks),
            self.timers.sweep(),
            self.inbox.watch(),
            self.absences.watch(),
            self.reloader.watch(),
            self.wakes.watch(),
            self.replanning.watch(),
            self._keep_house(),
            self._fold_idle(),
        ]
        if self.receive != self.intake.poll:
            work.append(self.absences.beat())
        self._tasks.update(map(asyncio.create_task, work))

    async def _keep_house(self) -> None:
        while True:
            try:
                await self.store.delete_applied(clock.seconds() - APPLIED_SECONDS)
            except StoreUnavailable as error:
                logger.info("housekeeping waits for the next round: %s", error)
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    async def _fold_idle(self) -> None:
        """Idle people take little memory. Unfolding costs a tenth of a turn, so quick ones are left as they are."""
        while True:
            await asyncio.sleep(IDLE_SECONDS)
            await self.cache.fold(lambda person, entry: self.outbox.find_entry(person) is None and entry.fold())

    async def _end(self) -> None:
        """Take nothing in, finish what is being applied, leave the rest durable."""
        logger.info("stopping")
        for companion in self.companions:
            await companion.stop()
        self.lines.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.application.running:
            await self.lines.finish()
            await self.application.stop()
        await self.timers.close()
        await self.outbox.close(OUTBOX_SECONDS)
        await self.application.shutdown()
        await self.transport.shutdown()
        await _bounded(self.absences.close())
        await _bounded(self.store.close())
        self.watchdog.stop()
        logger.info("stopped")


async def _bounded(work: Coroutine[Any, Any, None]) -> None:
    """A last word to the database. One that hangs or fails is left: everything confirmed to Telegram is durable already."""
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            await work
    except (TimeoutError, StoreError) as error:
        logger.warning("the database gives no last answer (%s); nothing that was confirmed is lost", str(error) or "time-out")
