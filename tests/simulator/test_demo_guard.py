"""The demo's Bot API is for this machine's bot alone: no other web site may read, write, or lead updates away."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from simulator.bot_api.server import Simulator
from simulator.demo import read_token
from simulator.page.guard import refuse_other_sites
from simulator.page.page import add_page
from simulator.world.world import World


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[Simulator]:
    world = World(read_token(tmp_path))
    world.is_closed = True
    simulator = Simulator(world)
    add_page(simulator.app, world)
    simulator.app.middlewares.append(refuse_other_sites)
    await simulator.start()
    yield simulator
    await simulator.stop()


async def call(simulator: Simulator, method: str, headers: dict[str, str] | None = None, **fields: str) -> int:
    url = f"{simulator.url}/bot{simulator.world.token}/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, data=fields, headers=headers) as answer:
        return answer.status


async def test_the_bot_is_answered_and_other_sites_are_not(simulator: Simulator) -> None:
    assert await call(simulator, "getMe") == 200
    assert await call(simulator, "getMe", {"Origin": "https://other.example.org"}) == 403
    assert await call(simulator, "getUpdates", {"Host": "rebound.example.org"}) == 403


async def test_updates_are_brought_to_this_machine_only(simulator: Simulator) -> None:
    assert await call(simulator, "setWebhook", url="https://other.example.org/hook") == 400
    assert await call(simulator, "setWebhook", url="http://127.0.0.1:9/hook") == 200


def test_each_folder_of_data_has_a_token_of_its_own(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    assert read_token(one) == read_token(one) != read_token(other)
    assert (one / "token").stat().st_mode & 0o077 == 0
