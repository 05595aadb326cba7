"""A started simulator, a person who has written to the bot, and a plain HTTP caller."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from simulator.bot_api.server import Simulator
from simulator.world.chats import Person
from simulator.world.world import World

TOKEN = "123456:token"
Call = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def world() -> World:
    return World(TOKEN, seed=1)


@pytest.fixture
def ann(world: World) -> Person:
    """Has said /start (message 1), and the bot has taken note."""
    person = world.add_person("Ann", username="ann_b")
    world.say(person.id, "/start")
    world.updates.clear()
    return person


@pytest.fixture
async def simulator(world: World) -> AsyncIterator[Simulator]:
    served = Simulator(world)
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


@pytest.fixture
def call(simulator: Simulator, session: aiohttp.ClientSession) -> Call:
    """`await call("sendMessage", chat_id=1, text="x")`: the whole answer of a JSON request."""

    async def post(method: str, **params: Any) -> dict[str, Any]:
        async with session.post(f"{simulator.url}/bot{TOKEN}/{method}", json=params) as response:
            answer = await response.json()
            assert response.status == answer.get("error_code", 200)
            return answer

    return post


@pytest.fixture
def wait_until() -> Callable[[Callable[[], Any]], Awaitable[None]]:
    """`await wait_until(lambda: …)`: until that is so; fails after ten seconds."""

    async def wait(condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.002)

    return wait
