"""Simulated people: they begin, answer, wait, and tell what they lived through."""

import asyncio

import orjson

from simulator.actors.people import Crowd, Press, Say, Wait, read_buttons
from simulator.world.world import World


class EchoBot:
    """Asks a numbered question for everything it hears; within the process, so that only the people are tested."""

    def __init__(self, world, questions=5):
        self.world = world
        self.questions = questions
        self.task = asyncio.ensure_future(self.run())

    async def run(self):
        offset = 0
        asked = {}
        while True:
            for body in await self.world.updates.poll(offset, 100, 10):
                update = orjson.loads(body)
                offset = update["update_id"] + 1
                person = (update.get("callback_query") or update["message"])["from"]["id"]
                asked[person] = asked.get(person, 0) + 1
                keyboard = {"inline_keyboard": [[{"text": n, "callback_data": n} for n in "abc"]]}
                last = asked[person] > self.questions
                content = {"text": "The end"} if last else {"text": f"Question {asked[person]}", "reply_markup": keyboard}
                self.world.post(self.world.chat(person), content)


def press_any(message, rng):
    buttons = read_buttons(message)
    return Press(rng.choice(buttons)["callback_data"]) if buttons else None


def finished(crowd):
    return lambda: all(member.log and member.log[-1].text == "The end" for member in crowd.members.values())


async def test_a_crowd_walks_through_a_flow():
    """Everybody begins with their own words, presses what is offered, in order, and each time is noted."""
    world = World("1:a")
    crowd = Crowd(world, 50, lambda i: f"/start n{i}", press_any, seed=3)
    bot = EchoBot(world)
    await asyncio.wait_for(crowd.run(finished(crowd)), 20)
    bot.task.cancel()
    for member in crowd.members.values():
        assert [entry.kind for entry in member.log] == ["said", "saw", *["pressed", "saw"] * 5]
        assert member.log[0].text == f"/start n{member.index}"
        assert [entry.text for entry in member.log if entry.kind == "saw"] == [*[f"Question {n}" for n in range(1, 6)], "The end"]
        assert len(member.times) == 6 and not member.waiting
    assert crowd.actions == 300 == len(crowd.times)
    assert crowd.errors == [] and crowd.waiting == []


async def test_the_same_seed_presses_the_same_buttons():
    """Each person has dice of their own, so the order in which the bot answers does not matter."""

    async def run(seed):
        world = World("1:a")
        crowd = Crowd(world, 5, lambda i: "/start", press_any, seed=seed)
        bot = EchoBot(world)
        await asyncio.wait_for(crowd.run(finished(crowd)), 20)
        bot.task.cancel()
        return [[entry.text for entry in member.log if entry.kind == "pressed"] for member in crowd.members.values()]

    assert await run(1) == await run(1) != await run(2)


async def test_several_actions_waits_and_think_time():
    """A list is done one after the other; Wait comes on top of the think time; crowds do not disturb each other."""
    world = World("1:a")
    told = Crowd(
        world, 3, lambda i: "hi", lambda message, rng: [Say("one"), Wait(0.01, Say("two"))], think=(0.001, 0.002), ramp=0.01
    )
    mute = Crowd(world, 2, lambda i: "hello", lambda message, rng: None)

    def answer(event):
        if event.kind == "message" and event.data.get("text") in ("hi", "hello"):
            world.post(world.chat(event.person_id), {"text": "?"})

    world.subscribe(answer)
    await asyncio.wait_for(asyncio.gather(told.run(lambda: told.actions == 9), mute.run(lambda: mute.actions == 2)), 10)
    for member in told.members.values():
        assert [entry.text for entry in member.log if entry.kind == "said"] == ["hi", "one", "two"]
    assert told.members.keys().isdisjoint(mute.members)


async def test_toasts_edits_and_failures_are_recorded():
    """A button that is gone is an error of that person; toasts are counted by their words."""
    world = World("1:a")
    edited = []

    def on_edit(message, rng):
        edited.append(message["text"])

    crowd = Crowd(world, 1, lambda i: "hi", lambda message, rng: Press("gone"), decide_edited=on_edit)
    (person,) = crowd.members
    crowd.begin()
    await asyncio.sleep(0)
    message = world.post(world.chat(person), {"text": "one"})
    world.change(world.chat(person), message, (), {"text": "two"})
    world.toast(world.chat(person), {"query_id": "1", "text": "Too late", "show_alert": False})
    await asyncio.sleep(0)
    crowd.end()
    assert [entry.kind for entry in crowd.members[person].log] == ["said", "saw", "edited", "toast", "failed"]
    assert crowd.toasts == {"Too late": 1} and edited == ["two"]
    assert [who for who, _ in crowd.errors] == [person]
    world.post(world.chat(person), {"text": "nobody listens"})
    assert len(crowd.members[person].log) == 5


async def test_a_run_of_some_seconds_ends_by_itself():
    world = World("1:a")
    crowd = Crowd(world, 2, lambda i: "hi", press_any)
    await crowd.run(0.01)
    assert crowd.actions == 2 and len(crowd.waiting) == 2
