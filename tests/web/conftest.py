"""A bot with a web server of its own, by polling or by webhook, and a plain HTTP client."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulator.world.world import World
from tests.chat import TOKEN, RunningBot, run_bot, write_programme
from trials.faulty_store import FaultyStore

SECRET = "a-secret_of-ours-0123456789"
QUESTIONS = [
    {"type": "select_one", "name": "one", "label": "First?", "choices": ["Yes", "No"]},
    {"type": "text", "name": "two", "label": "Second?"},
    {"type": "acknowledge", "name": "three", "label": "Third?"},
]


@pytest.fixture
def port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def url(port: int) -> str:
    """Of the bot's web server."""
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One programme of three questions."""
    return write_programme(tmp_path / "programmes", "trial", {"menu": ["walk"]}, walk=QUESTIONS)


@pytest.fixture
def stores() -> list[FaultyStore]:
    """The store of every bot that was started."""
    return []


@pytest.fixture
def wrap(stores: list[FaultyStore]) -> Any:
    """Puts a store that can be made to fail around the real one."""

    def around(store: Any) -> FaultyStore:
        stores.append(FaultyStore(store))
        return stores[-1]

    return around


@pytest.fixture
async def polling(folder: Path, tmp_path: Path, port: int, wrap: Any) -> AsyncIterator[RunningBot]:
    """A bot that polls and has a web server."""
    async with run_bot(folder, tmp_path, wrap=wrap, WEB_PORT=str(port)) as running:
        yield running


@pytest.fixture
def by_webhook(port: int, url: str) -> dict[str, str]:
    """The settings of a bot that is brought its updates."""
    return {"MODE": "webhook", "WEBHOOK_URL": url, "WEBHOOK_SECRET": SECRET, "WEB_PORT": str(port)}


@pytest.fixture
async def hooked(folder: Path, tmp_path: Path, by_webhook: dict[str, str], wrap: Any) -> AsyncIterator[RunningBot]:
    """A bot that is brought its updates; Telegram tries again quickly."""
    world = World(TOKEN)
    world.webhook.first_wait = 0.05
    async with run_bot(folder, tmp_path, world, wrap, **by_webhook) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as made:
        yield made
