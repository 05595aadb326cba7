"""Types like a person: a real bot against the simulated Telegram over HTTP, and people who send, press and read."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from authoring.load import load_programmes
from bot import read_programmes
from database.connect import make_store
from database.store import Store
from flow.programme import Programme
from handlers.service import Service
from simulator.bot_api.server import Simulator
from simulator.world.world import World
from utils.settings import Settings, load_settings
from web.server import add_web

TOKEN = "123456:test_token_that_must_not_be_logged"
LONGEST_PAUSE = 0.2  # seconds between two looks
PATIENCE = 60.0  # seconds for which an answer is waited for; only a failing test takes so long


class Chat:
    """One person's view: what was read already is never read again."""

    def __init__(self, world: World, person: int) -> None:
        self.world, self.person = world, person
        self._read = 0

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Every message of the bot in this chat, oldest first."""
        bot = self.world.bot["id"]
        return [message for message in self.world.chat(self.person).messages if message["from"]["id"] == bot]

    @property
    def last(self) -> dict[str, Any]:
        """The bot's latest message."""
        return self.messages[-1]

    @property
    def toasts(self) -> list[str]:
        """The words of answered presses."""
        return [toast["text"] for toast in self.world.chat(self.person).toasts]

    def send(self, text: str) -> int:
        """Type something; gives the message's id."""
        return self.world.say(self.person, text)

    def press(self, label: str, message: Mapping[str, Any] | None = None, stale: bool = False) -> None:
        """Press a button by its label, on the latest message that has such a one."""
        for candidate in [message] if message else reversed(self.messages):
            for button in buttons_of(candidate):
                if button["text"] == label:
                    self.world.press(self.person, candidate["message_id"], button["callback_data"], stale=stale)
                    return
        raise AssertionError(f"no button {label!r}; the last message shows {labels_of(self.last)}")

    async def see(self, part: str, *buttons: str) -> dict[str, Any]:
        """The next message of the bot; it must hold `part` and show these buttons (if any are named)."""
        message = await self.next()
        text = text_of(message)
        assert part in text, f"expected {part!r}, saw {text!r}"
        if buttons:
            assert labels_of(message) == list(buttons)
        return message

    async def next(self) -> dict[str, Any]:
        """The next message that was not read yet."""
        await self.until(lambda: len(self.messages) > self._read, "another message")
        self._read += 1
        return self.messages[self._read - 1]

    async def until(self, condition: Any, what: str) -> None:
        """Wait until something is so."""
        pause = 0.005
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    await asyncio.sleep(pause)
                    pause = min(1.3 * pause, LONGEST_PAUSE)  # five hundred who look all the time leave the bot no time to start
        except TimeoutError:
            shown = [text_of(message) for message in self.messages]
            raise AssertionError(f"waited for {what}; read {self._read} of {shown}") from None

    async def nothing_more(self, seconds: float = 0.15) -> None:
        """The bot says nothing more."""
        await asyncio.sleep(seconds)
        assert len(self.messages) == self._read, f"unexpected: {[text_of(m) for m in self.messages[self._read :]]}"


class RunningBot:
    """A bot and its Telegram."""

    def __init__(self, world: World, simulator: Simulator, service: Service) -> None:
        self.world, self.simulator, self.service = world, simulator, service

    @property
    def store(self) -> Store:
        """What the bot keeps."""
        return self.service.store

    def person(self, first_name: str = "Mona", **fields: Any) -> Chat:
        """Somebody new."""
        return Chat(self.world, self.world.add_person(first_name, **fields).id)

    async def look(self) -> None:
        """Everybody whose time has come has their turn."""
        await self.service.wakes.look()
        await self.idle()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        async with asyncio.timeout(PATIENCE):
            while self.world.pending or self.service.lines.outstanding or len(self.service.outbox):
                if not self.world.pending and not self.service.lines.outstanding:
                    self.service.outbox.notes.note_all()  # else every test would linger
                await asyncio.sleep(0.005)


@asynccontextmanager
async def run_bot(
    programmes: Path,
    data: Path,
    world: World | None = None,
    wrap: Callable[[Store], Any] | None = None,
    waits: bool = True,
    **settings: str,
) -> AsyncIterator[RunningBot]:
    """A bot that serves a world (a new one, or one that lived before); stopped at the end. `wrap` goes around its store; without
    `waits` it may still be starting."""
    world = world or World(TOKEN)
    simulator = Simulator(world)
    await simulator.start()
    environ = {
        "BOT_TOKEN": world.token,
        "BOT_API_URL": simulator.url,
        "DATABASE_URL": f"sqlite:///{data / 'bot.db'}",
        "PROGRAMMES": str(programmes),
        "DATA_DIR": str(data),
        **settings,
    }
    prepared, store, loaded = await asyncio.to_thread(_prepare, environ, programmes)
    service = Service(prepared, wrap(store) if wrap else store, loaded, partial(read_programmes, programmes))
    add_web(service)
    life = asyncio.create_task(service.run())
    try:
        if waits:
            await _until_serving(service, life)
        yield RunningBot(world, simulator, service)
    finally:
        service.stop.set()
        try:
            await life
        finally:
            await simulator.stop()


async def _until_serving(service: Service, life: "asyncio.Task[None]") -> None:
    """Raises what ended its life before."""
    serving = asyncio.create_task(service.serving.wait())
    await asyncio.wait((serving, life), timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    serving.cancel()
    if life.done():
        await life
    assert service.serving.is_set(), "the bot does not come to serve"


def _prepare(environ: dict[str, str], programmes: Path) -> tuple[Settings, Store, dict[str, Programme]]:
    """What `python bot.py` does before its loop begins."""
    settings = load_settings(environ, None)
    loaded = load_programmes(programmes)
    assert not loaded.errors, loaded.errors
    return settings, make_store(settings.database_url, mongo_db=settings.mongo_db), loaded.programmes


def write_programme(folder: Path, name: str, head: Mapping[str, Any], **flows: Any) -> Path:
    """A programme's folder from plain data: `head` is programme.yaml, every flow a list of steps or a whole file."""
    place = folder / name
    (place / "media").mkdir(parents=True, exist_ok=True)
    whole = {"programme": name, "title": name.title(), **head}
    (place / "programme.yaml").write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), encoding="utf-8")
    for flow, steps in flows.items():
        content = steps if isinstance(steps, dict) else {"title": flow.title(), "steps": steps}
        (place / f"{flow}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


def text_of(message: Mapping[str, Any]) -> str:
    """The words of a message, wherever they stand."""
    return str(message.get("text") or message.get("caption") or "")


def buttons_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The inline buttons in reading order."""
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", ()) for button in row]


def labels_of(message: Mapping[str, Any]) -> list[str]:
    """What stands on them."""
    return [button["text"] for button in buttons_of(message)]
