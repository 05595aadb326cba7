"""The faults' side of the chat page's API: what it tells, what it switches, what it refuses."""

import aiohttp
import pytest

from simulator.bot_api.methods import METHODS
from simulator.bot_api.server import Simulator
from simulator.page.faults import MOST, OFFERED
from simulator.page.page import add_page
from simulator.world.faults import KINDS


@pytest.fixture
async def client(world):
    simulator = Simulator(world)
    add_page(simulator.app, world)
    await simulator.start()
    async with aiohttp.ClientSession(simulator.url) as session:
        yield session
    await simulator.stop()


async def post(client, path, body, **options):
    async with client.post(path, json=body, **options) as answer:
        return answer.status, await answer.json()


async def test_tells_what_can_be_chosen(client):
    async with client.get("/api/faults") as answer:
        told = await answer.json()
    assert {one["kind"]: one["options"] for one in told["kinds"]} == KINDS
    assert len({one["title"] for one in told["kinds"]}) == len(KINDS)
    assert told["methods"] == list(OFFERED)
    assert told["rules"] == []


def test_every_method_that_is_offered_is_one():
    assert {name.lower() for name in OFFERED} <= METHODS.keys()


async def test_a_fault_is_switched_on_hits_and_is_switched_off(client, world, ann):
    body = {"kind": "too_many_requests", "method": "sendMessage", "chat": ann.id, "times": 2, "options": {"retry_after": 3}}
    status, told = await post(client, "/api/faults", body)
    [rule] = told["rules"]
    assert status == 201
    assert rule | {"id": 0, "title": ""} == {
        "id": 0,
        "kind": "too_many_requests",
        "title": "",
        "method": "sendMessage",
        "chat": ann.id,
        "probability": 1.0,
        "options": {"retry_after": 3},
        "hits": 0,
        "left": 2,
    }
    status, answer = await post(client, f"/bot{world.token}/sendMessage", {"chat_id": ann.id, "text": "x"})
    assert (status, answer["parameters"]) == (429, {"retry_after": 3})
    async with client.get("/api/faults") as answer:
        [rule] = (await answer.json())["rules"]
    assert (rule["hits"], rule["left"]) == (1, 1)
    assert await post(client, f"/api/faults/{rule['id']}/remove", {}) == (200, {"rules": []})
    assert (await post(client, f"/bot{world.token}/sendMessage", {"chat_id": ann.id, "text": "x"}))[0] == 200


async def test_all_are_switched_off_at_once(client, world):
    for kind in KINDS:
        assert (await post(client, "/api/faults", {"kind": kind}))[0] == 201
    assert await post(client, "/api/faults/clear", {}) == (200, {"rules": []})
    assert not world.faults


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "Unknown fault"),
        ({"kind": "earthquake"}, 400, "Unknown fault 'earthquake'"),
        ({"kind": ["html"]}, 400, "kind can't be"),
        ({"kind": "html", "method": "sendNothing"}, 400, "no method sendNothing"),
        ({"kind": "html", "chat": 5}, 404, "no chat with that id"),
        ({"kind": "html", "probability": 2}, 400, "between 0 and 1"),
        ({"kind": "html", "probability": "much"}, 400, "must be a number"),
        ({"kind": "html", "times": 0}, 400, "never comes"),
        ({"kind": "html", "times": True}, 400, "times can't be"),
        ({"kind": "html", "options": {"seconds": 1}}, 400, "no option seconds"),
        ({"kind": "html", "options": {"kind": "hang"}}, 400, "kind"),
        ({"kind": "html", "options": []}, 400, "options can't be"),
        ({"kind": "poison_updates", "method": "sendMessage"}, 400, "getUpdates"),
    ],
)
async def test_what_can_not_be_is_refused_in_a_sentence(client, world, body, status, words):
    refused, answer = await post(client, "/api/faults", body)
    assert refused == status and words in answer["error"]
    assert not world.faults


async def test_there_is_a_bound(client, world):
    for _ in range(MOST):
        world.faults.add(kind="html")
    assert (await post(client, "/api/faults", {"kind": "html"}))[0] == 409


@pytest.mark.parametrize("path", ["/api/faults", "/api/faults/clear", "/api/faults/1/remove"])
async def test_no_other_site_may_switch(client, world, path):
    rule = world.faults.add(kind="html")
    status, _ = await post(client, path, {"kind": "html"}, headers={"Origin": "http://elsewhere.example"})
    assert status == 403
    async with client.get("/api/faults", headers={"Host": "elsewhere.example"}) as answer:
        assert answer.status == 403
    assert [entry[0].id for entry in world.faults.list_rules()] == [rule]
