"""`python bot.py` as a process of its own, in a place with a simulated Telegram and one programme."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

from simulator.bot_api.server import Simulator
from simulator.world.world import World
from tests.chat import TOKEN, Chat, text_of, write_programme

BOT = str(Path(__file__).parents[1] / "bot.py")
TROUBLED_BOT = str(Path(__file__).parents[1] / "trials" / "run.py")
PATIENCE = 60.0  # seconds for whatever is waited for; only a failing test takes so long
LAST = 30  # lines of a log that a failing test shows
QUESTIONS = [
    {"type": "select_one", "name": "one", "label": "First?", "choices": ["Yes", "No"]},
    {"type": "text", "name": "two", "label": "Second?"},
]


class Bot:
    """A place where the bot can be started, with a world to talk to; whatever still runs at the end is killed."""

    def __init__(self, place: Path, token: str) -> None:
        self.place = place
        self.world = World(token)
        self.simulator = Simulator(self.world)
        self.environ = {"PATH": os.environ["PATH"], "BOT_TOKEN": token, "PROGRAMMES": str(place / "programmes")}
        self._running: list[Process] = []

    async def start(
        self, *arguments: str, command: Sequence[str] = (sys.executable, BOT), to: int | IO[bytes] = PIPE, **settings: str
    ) -> Process:
        """A process; "" takes a variable away. `to`: where its output goes."""
        environ = {"BOT_API_URL": self.simulator.url, **self.environ, **settings}
        process = await asyncio.create_subprocess_exec(*command, *arguments, cwd=self.place, env=environ, stdout=to, stderr=to)
        self._running.append(process)
        return process

    @asynccontextmanager
    async def serving(self, log: Path, **settings: str) -> AsyncIterator[Process]:
        """A process that serves, is told to end in the end and does so well; all it says goes into the file `log`, and what fails
        within shows the last of it."""
        try:
            with log.open("wb") as file:
                process = await self.start(to=file, **settings)
            await until(lambda: self.world.calls["getupdates"] or process.returncode is not None, "the first poll")
            yield process
            process.terminate()
            async with asyncio.timeout(PATIENCE):
                assert await process.wait() == 0
        except BaseException as error:
            said = await asyncio.to_thread(log.read_text, "utf-8", "replace")
            error.add_note("The bot said at last:\n" + "\n".join(said.splitlines()[-LAST:]))
            raise

    async def run(self, *arguments: str, **settings: str) -> tuple[int, str, str]:
        """Status, standard output and standard error of one that ends by itself."""
        return await end(await self.start(*arguments, **settings))

    async def close(self) -> None:
        """End everything."""
        for process in self._running:
            if process.returncode is None:
                process.kill()
                await process.communicate()
        await self.simulator.stop()


@asynccontextmanager
async def open_bot(place: Path, token: str = TOKEN) -> AsyncIterator[Bot]:
    """With one programme of two questions."""
    write_programme(place / "programmes", "trial", {"menu": ["walk"]}, walk=QUESTIONS)
    bot = Bot(place, token)
    await bot.simulator.start()
    try:
        yield bot
    finally:
        await bot.close()


async def end(process: Process, number: signal.Signals | None = None, patience: float = PATIENCE) -> tuple[int, str, str]:
    """Status, standard output and standard error, after a signal if one is given."""
    if number is not None:
        process.send_signal(number)
    async with asyncio.timeout(patience):
        out, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), said.decode()


async def until_said(process: Process, words: str) -> str:
    """What was said on standard error up to the line with these words."""
    assert process.stderr is not None
    said = ""
    async with asyncio.timeout(PATIENCE):
        while words not in said:
            line = await process.stderr.readline()
            assert line, f"it ended and said: {said}"
            said += line.decode()
    return said


async def until(condition: Callable[[], Any], what: str) -> None:
    """Wait until something is so."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"waited for {what}") from None


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_crowd(world: World, people: int) -> list[Chat]:
    """So many, each of whom has sent /start."""
    chats = [Chat(world, world.add_person(f"Person {number}").id) for number in range(people)]
    for chat in chats:
        chat.send("/start")
    return chats


def asked(chat: Chat) -> list[str]:
    """Everything the bot said; a pressed question as it was asked."""
    return [text_of(message).split("\n")[0] for message in chat.messages]
