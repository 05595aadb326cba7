"""The time that is told on the chat page, and in the messages there."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from simulator.bot_api.server import Simulator
from simulator.page.page import add_page
from simulator.world.chats import Event
from simulator.world.world import World

NOON = 1_772_366_400.0


@pytest.fixture
def real() -> list[float]:
    """The machine's time, to be changed in place."""
    return [NOON]


@pytest.fixture
def world(real: list[float]) -> World:
    return World("42:TEST", clock=lambda: real[0])


@pytest.fixture
async def client(world: World) -> AsyncIterator[aiohttp.ClientSession]:
    simulator = Simulator(world)
    add_page(simulator.app, world)
    await simulator.start()
    async with aiohttp.ClientSession(simulator.url) as session:
        yield session
    await simulator.stop()


async def put(client: aiohttp.ClientSession, **body: Any) -> tuple[int, dict[str, Any]]:
    async with client.post("/api/clock", json=body) as answer:
        return answer.status, await answer.json()


async def test_the_clock_is_put_forward_by_a_span_and_to_a_moment(client: aiohttp.ClientSession, world: World) -> None:
    """And the pages are told."""
    told: list[Event] = []
    world.subscribe(told.append)
    assert await put(client, forward=3600) == (200, {"now": NOON + 3600})
    assert await put(client, moment=NOON + 7200.5) == (200, {"now": NOON + 7200.5})
    async with client.get("/api/clock") as answer:
        assert await answer.json() == {"now": NOON + 7200.5}
    assert [(event.kind, event.data) for event in told] == [
        ("clock", {"now": NOON + 3600}),
        ("clock", {"now": NOON + 7200.5}),
    ]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"moment": NOON - 1}, 409, "forward only"),
        ({"forward": -1}, 409, "forward only"),
        ({"moment": NOON + 11 * 365 * 86_400}, 400, "ten years"),
        ({"moment": "tomorrow"}, 400, "moment must be a number of seconds"),
        ({"forward": True}, 400, "forward must be a number of seconds"),
        ({}, 400, "moment must be a number of seconds"),
    ],
)
async def test_what_can_t_be_is_refused_with_a_word_and_changes_nothing(
    client: aiohttp.ClientSession, world: World, body: dict[str, Any], status: int, words: str
) -> None:
    refused = await put(client, **body)
    assert refused[0] == status and words in refused[1]["error"]
    assert world.now() == NOON


async def test_the_clock_does_not_stand(client: aiohttp.ClientSession, world: World, real: list[float]) -> None:
    await put(client, forward=60)
    real[0] += 5
    assert world.now() == NOON + 65


async def test_messages_are_dated_by_the_time_told_and_wait_by_the_real_one(
    client: aiohttp.ClientSession, world: World, real: list[float]
) -> None:
    """A press is not too old for the bot because the trial went on to the next day; after 150 real seconds it is."""
    mona = world.add_person("Mona")
    world.say(mona.id, "/start")
    asked = world.post(
        world.chat(mona.id), {"text": "?", "reply_markup": {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}}
    )
    query = world.press(mona.id, asked["message_id"], "a")
    await put(client, forward=86_400)
    assert world.post(world.chat(mona.id), {"text": "Hello"})["date"] == NOON + 86_400
    assert len(await world.updates.poll(0, 100, 0)) == 2
    assert world.queries.close(query) == mona.id
    real[0] += 151
    assert len(await world.updates.poll(0, 100, 0)) == 1
