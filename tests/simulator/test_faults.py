"""Faults on demand: each kind, whom it hits, how often."""

import aiohttp
import pytest

from simulator.faults import KINDS, Faults


def add_rule(world, kind, **options):
    return world.faults.add("sendMessage", kind=kind, **options)


@pytest.mark.parametrize(
    ("kind", "options", "answer"),
    [
        (
            "too_many_requests",
            {"retry_after": 7},
            {"error_code": 429, "description": "Too Many Requests: retry after 7", "parameters": {"retry_after": 7}},
        ),
        ("server_error", {}, {"error_code": 500, "description": "Internal Server Error"}),
        ("not_found", {}, {"error_code": 404, "description": "Not Found"}),
        ("unauthorized", {}, {"error_code": 401, "description": "Unauthorized"}),
        (
            "conflict",
            {},
            {
                "error_code": 409,
                "description": "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            },
        ),
        ("bad_request", {"description": "Bad Request: no"}, {"error_code": 400, "description": "Bad Request: no"}),
        ("forbidden", {}, {"error_code": 403, "description": "Forbidden: bot was blocked by the user"}),
    ],
)
async def test_a_refusal_on_demand_and_nothing_happens(world, ann, call, kind, options, answer):
    """Exactly that answer; the message is not sent; without the rule it is."""
    rule = add_rule(world, kind, **options)
    assert await call("sendMessage", chat_id=ann.id, text="x") == {"ok": False, **answer}
    assert len(world.chat(ann.id).messages) == 1
    world.faults.remove(rule)
    assert (await call("sendMessage", chat_id=ann.id, text="x"))["ok"] is True
    assert world.faults.hits == {rule: 1}


@pytest.mark.parametrize(
    ("kind", "options", "sent"),
    [
        ("reset_before", {}, False),
        ("reset_after", {}, True),
        ("hang", {"seconds": 0.05}, False),
        ("hang", {"seconds": 0.05, "applied": True}, True),
    ],
)
async def test_a_connection_that_breaks(world, ann, call, kind, options, sent):
    """The caller sees no answer; whether the message went out depends on when it broke."""
    add_rule(world, kind, **options)
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=ann.id, text="x")
    assert (len(world.chat(ann.id).messages) == 2) is sent


async def test_html_from_a_gateway(world, ann, simulator, session):
    add_rule(world, "html")
    async with session.post(f"{simulator.url}/bot{world.token}/sendMessage", json={"chat_id": ann.id, "text": "x"}) as response:
        assert (response.status, response.content_type) == (502, "text/html")
        assert "502 Bad Gateway" in await response.text()


async def test_a_delay_and_latency_only_take_time(world, ann, call):
    add_rule(world, "delay", seconds=0.01)
    world.latency = 0.01
    assert (await call("sendMessage", chat_id=ann.id, text="x"))["ok"] is True


async def test_updates_come_again(world, ann, call):
    """What was confirmed before stands in front of what is new, under its own ids."""
    world.say(ann.id, "one")
    (first,) = (await call("getUpdates"))["result"]
    world.say(ann.id, "two")
    world.faults.add(kind="duplicate_updates")
    answer = await call("getUpdates", offset=first["update_id"] + 1)
    assert [update["message"]["text"] for update in answer["result"]] == ["one", "two"]
    assert answer["result"][0] == first
    assert (await call("sendMessage", chat_id=ann.id, text="x"))["ok"] is True


def test_a_rule_hits_its_method_and_chat_only():
    """Method in any case; the first rule that fits decides."""
    faults = Faults()
    one = faults.add("sendPhoto", 5, kind="not_found")
    two = faults.add("*", 5, kind="forbidden")
    assert faults.pick("sendphoto", 6) is None
    assert faults.pick("sendphoto", None) is None
    assert faults.pick("sendphoto", 5).id == one
    assert faults.pick("sendmessage", 5).id == two
    faults.clear()
    assert not faults
    assert faults.pick("sendphoto", 5) is None


def test_chance_is_seeded_and_times_are_counted():
    """The same seed gives the same run; `times` ends a rule."""

    def run(seed):
        faults = Faults(seed)
        faults.add(kind="not_found", probability=0.3)
        return [faults.pick("getme", None) is not None for _ in range(200)]

    assert run(1) == run(1) != run(2)
    assert 30 < sum(run(1)) < 90
    faults = Faults()
    rule = faults.add(kind="not_found", times=2)
    assert [faults.pick("getme", None) is not None for _ in range(4)] == [True, True, False, False]
    assert faults.hits[rule] == 2


@pytest.mark.parametrize(("wrong", "word"), [({"kind": "earthquake"}, "earthquake"), ({"kind": "html", "seconds": 1}, "seconds")])
def test_unknown_kinds_and_options_are_refused(wrong, word):
    with pytest.raises(ValueError, match=word):
        Faults().add(**wrong)


def test_every_kind_can_be_added_with_its_defaults():
    faults = Faults()
    assert [faults.add(kind=kind) for kind in KINDS] == list(range(1, len(KINDS) + 1))
