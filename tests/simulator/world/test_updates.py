"""getUpdates: offsets, long polls, conflicts, kinds, ages."""

import asyncio

from simulator.world.updates import Updates
from simulator.world.world import World

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


def numbers(answer):
    return [update["update_id"] for update in answer["result"]]


async def test_an_offset_deletes_what_is_below_it_on_receipt(world, ann, call):
    """And nothing else; limits hold; an offset far past the tail counts from the head."""
    for n in range(5):
        world.say(ann.id, str(n))
    first = numbers(await call("getUpdates"))
    assert len(first) == 5 and numbers(await call("getUpdates")) == first
    assert numbers(await call("getUpdates", offset=first[0] + 2, limit=2)) == first[2:4]
    assert world.pending == 3
    assert numbers(await call("getUpdates", offset=first[4] + 50)) == first[2:]
    assert numbers(await call("getUpdates", offset=first[4] + 1)) == []
    assert world.pending == 0


async def test_a_negative_offset_keeps_the_newest(world, ann, call):
    for n in range(5):
        world.say(ann.id, str(n))
    assert len(numbers(await call("getUpdates", offset=-2))) == 2
    assert world.pending == 2


async def test_a_long_poll_ends_with_the_update(world, ann, call, wait_until):
    """It waits while there is none, and comes back as soon as somebody writes."""
    poll = asyncio.ensure_future(call("getUpdates", timeout=20))
    await wait_until(lambda: world.calls["getupdates"])
    assert not poll.done()
    world.say(ann.id, "hello")
    answer = await asyncio.wait_for(poll, 5)
    assert [update["message"]["text"] for update in answer["result"]] == ["hello"]


async def test_a_long_poll_ends_empty_after_its_time(call, ann):
    assert (await call("getUpdates", timeout=1))["result"] == []


async def test_a_second_poller_ends_the_first(world, ann, call, wait_until):
    """409 for the first, the update for the second."""
    first = asyncio.ensure_future(call("getUpdates", timeout=20))
    await wait_until(lambda: world.calls["getupdates"])
    second = asyncio.ensure_future(call("getUpdates", timeout=20))
    assert await asyncio.wait_for(first, 5) == {"ok": False, "error_code": 409, "description": CONFLICT}
    world.say(ann.id, "hello")
    assert len((await asyncio.wait_for(second, 5))["result"]) == 1


async def test_setting_a_webhook_ends_the_poll_and_forbids_polling(world, ann, call, wait_until):
    poll = asyncio.ensure_future(call("getUpdates", timeout=20))
    await wait_until(lambda: world.calls["getupdates"])
    await call("setWebhook", url="http://127.0.0.1:9/none")
    assert (await asyncio.wait_for(poll, 5))["description"] == "Conflict: terminated by setWebhook request"
    assert (await call("getUpdates"))["description"].startswith("Conflict: can't use getUpdates method while webhook is active")
    await call("deleteWebhook")
    assert (await call("getUpdates"))["ok"] is True


async def test_only_the_kinds_asked_for_are_queued(world, ann, call):
    """allowed_updates holds until it is sent anew; an empty list is the default again."""
    await call("getUpdates", allowed_updates=["callback_query"])
    world.say(ann.id, "not wanted")
    assert world.pending == 0
    await call("getUpdates")
    world.say(ann.id, "still not wanted")
    assert world.pending == 0
    await call("getUpdates", allowed_updates=[])
    world.say(ann.id, "wanted")
    assert world.pending == 1


async def test_old_updates_are_dropped():
    """Presses after 150 seconds, messages after a day."""
    now = [0.0]
    world = World("1:a", clock=lambda: now[0])
    person = world.add_person("Ann")
    world.say(person.id, "hi")
    message = world.post(
        world.chat(person.id), {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}}
    )
    world.press(person.id, message["message_id"], "a")
    now[0] = 151
    assert len(await world.updates.poll(0, 100, 0)) == 1
    now[0] = 86_401
    assert await world.updates.poll(0, 100, 0) == []


def test_the_queue_is_bounded(monkeypatch):
    """Telegram refuses more than 100,000 pending updates; what comes after is lost."""
    monkeypatch.setattr("simulator.world.updates.CAPACITY", 3)
    world = World("1:a")
    person = world.add_person("Ann")
    for n in range(5):
        world.say(person.id, str(n))
    assert world.pending == 3


async def test_who_watches_is_told_of_each_update_that_was_dropped_wherever_it_stood() -> None:
    now, told = [0.0], []
    updates = Updates(lambda: now[0], 1)
    updates.expired = lambda update: told.append(update.id)
    for lifetime in (10, 5, 10, 5, 10):
        updates.add("message", {}, 7, lifetime)
    now[0] = 6.0
    assert len(await updates.poll(0, 2, 0)) == 2
    assert told == [2]
    now[0] = 11.0
    assert await updates.poll(2, 100, 0) == []
    assert told == [2, 3, 4, 5]
