"""Delivery to the bot's own address."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from simulator.world.webhook import SECRET_HEADER


class Bot:
    """A bot's web server: keeps what it got, answers with the statuses it is told to (200 when none is left)."""

    def __init__(self) -> None:
        self.got = []
        self.secrets = []
        self.statuses = []
        self.headers = {}
        self.reply = None
        self.url = ""
        self.gate = asyncio.Event()
        self.gate.set()

    async def take(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.secrets.append(request.headers.get(SECRET_HEADER))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            await self.gate.wait()
            self.got.append(update)
        return web.json_response(self.reply, status=status, headers=self.headers)


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    made = Bot()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    made.gate.set()
    await runner.cleanup()


async def test_updates_arrive_in_order_with_the_secret(world, ann, call, bot, wait_until):
    """What waited before, then what comes; nothing stays pending; getWebhookInfo says so."""
    world.say(ann.id, "before")
    await call("setWebhook", url=bot.url, secret_token="s3cret-_", max_connections=5, allowed_updates=["message"])
    for n in range(20):
        world.say(ann.id, str(n))
    await wait_until(lambda: len(bot.got) == 21)
    assert [update["message"]["text"] for update in bot.got] == ["before", *map(str, range(20))]
    assert set(bot.secrets) == {"s3cret-_"}
    await wait_until(lambda: not world.pending)
    info = (await call("getWebhookInfo"))["result"]
    assert (info["url"], info["pending_update_count"], info["max_connections"], info["allowed_updates"]) == (
        bot.url,
        0,
        5,
        ["message"],
    )


async def test_a_refused_update_is_sent_again_and_others_wait_behind_it(world, ann, call, bot, wait_until):
    """Same chat: in order. The error is told in getWebhookInfo."""
    world.webhook.first_wait = 0.01
    bot.statuses = [503, 500]
    await call("setWebhook", url=bot.url)
    world.say(ann.id, "one")
    world.say(ann.id, "two")
    await wait_until(lambda: len(bot.got) == 2)
    assert [update["message"]["text"] for update in bot.got] == ["one", "two"]
    info = (await call("getWebhookInfo"))["result"]
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"


async def test_presses_travel_beside_texts(world, ann, call, bot, wait_until):
    """A press overtakes a text of the same person that is still being taken."""
    message = world.post(
        world.chat(ann.id), {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}}
    )
    world.webhook.first_wait = 0.2
    bot.statuses = [503]
    await call("setWebhook", url=bot.url)
    world.say(ann.id, "text")
    await wait_until(lambda: bot.secrets)
    world.press(ann.id, message["message_id"], "a")
    await wait_until(lambda: len(bot.got) == 2)
    first, second = bot.got
    assert "callback_query" in first and "message" in second


async def test_a_method_call_in_the_answer_is_carried_out(world, ann, call, bot, wait_until):
    bot.reply = {"method": "sendMessage", "chat_id": ann.id, "text": "at once"}
    await call("setWebhook", url=bot.url)
    world.say(ann.id, "hello")
    await wait_until(lambda: len(bot.got) == 1)
    await wait_until(lambda: world.chat(ann.id).messages[-1]["text"] == "at once")


async def test_what_was_not_taken_stays_pending_after_the_webhook_is_gone(world, ann, call, bot, wait_until):
    """deleteWebhook gives it back to getUpdates."""
    world.webhook.first_wait = 30
    bot.statuses = [503]
    await call("setWebhook", url=bot.url)
    world.say(ann.id, "hello")
    await wait_until(lambda: bot.secrets)
    await call("deleteWebhook")
    assert [update["message"]["text"] for update in (await call("getUpdates"))["result"]] == ["hello"]
    assert (await call("getWebhookInfo"))["result"]["url"] == ""


async def test_the_waits_between_tries_double_and_retry_after_is_honoured(world, ann, call, bot, wait_until, monkeypatch):
    """1, 2, 4 seconds; a longer Retry-After wins."""
    waits = []
    sleep = asyncio.sleep

    async def note(seconds):
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", note)
    bot.statuses = [503, 503, 503]
    await call("setWebhook", url=bot.url)
    world.say(ann.id, "one")
    await wait_until(lambda: len(bot.got) == 1)
    assert [seconds for seconds in waits if seconds >= 1] == [1, 2, 4]
    waits.clear()
    bot.statuses = [503]
    bot.headers = {"Retry-After": "7"}
    world.say(ann.id, "two")
    await wait_until(lambda: len(bot.got) == 2)
    assert [seconds for seconds in waits if seconds >= 1] == [7]


async def test_what_was_delivered_comes_again(world, ann, call, bot, wait_until):
    await call("setWebhook", url=bot.url)
    world.faults.add("getUpdates", ann.id, kind="duplicate_updates", times=1)
    world.say(ann.id, "one")
    world.say(ann.id, "two")
    await wait_until(lambda: len(bot.got) == 3)
    assert [update["message"]["text"] for update in bot.got] == ["one", "one", "two"]
    assert bot.got[0] == bot.got[1]
