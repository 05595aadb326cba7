"""MODE=webhook over real HTTP: the simulated Telegram brings the updates, and strangers try to."""

import asyncio
import hmac
import io
import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulator.world.world import World
from tests.chat import PATIENCE, TOKEN, Chat, RunningBot, run_bot, text_of
from tests.web.conftest import SECRET
from trials.faulty_store import FaultyStore
from web import webhook
from web.errors import WebhookRefused
from web.webhook import LARGEST_BODY, SECRET_HEADER, Webhook

GOOD = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}


async def walk(chat: Chat) -> None:
    """All three questions."""
    chat.send("/start")
    await chat.see("First?")
    chat.press("Yes")
    await chat.see("Second?")
    chat.send(f"words of {chat.person}")
    await chat.see("Third?")
    chat.press("OK")
    await chat.see("That was “Walk”.")


async def answers_of(running: RunningBot, chat: Chat) -> list[Any]:
    """Every answer ever given, replaced ones too."""
    record = await running.store.find_person(chat.person)
    assert record is not None
    runs = [*await running.store.list_runs(chat.person), *([record.run] if record.run else [])]
    return [answer["value"] for run in runs for answer in run["answers"]]


async def post(session: aiohttp.ClientSession, url: str, body: Any, headers: dict[str, str] = GOOD) -> int:
    """The status."""
    async with session.post(f"{url}/telegram", data=body, headers=headers) as answer:
        return answer.status


async def ready(running: RunningBot) -> None:
    """Until Telegram has been told the address."""
    async with asyncio.timeout(PATIENCE):
        while not running.world.webhook.url:
            await asyncio.sleep(0.005)


async def test_many_walk_at_once(hooked: RunningBot) -> None:
    chats = [hooked.person(f"Person {number}") for number in range(20)]
    await asyncio.gather(*map(walk, chats))
    await hooked.idle()
    for chat in chats:
        assert await answers_of(hooked, chat) == ["Yes", f"words of {chat.person}", True]
        assert len(chat.messages) == 4
    assert (await hooked.store.count())["waiting"] == 0
    assert hooked.world.calls["getupdates"] == 0


async def test_telegram_is_told_what_it_needs(hooked: RunningBot, url: str) -> None:
    await ready(hooked)
    info = hooked.world.webhook.info()
    assert info["url"] == f"{url}/telegram"
    assert info["max_connections"] == 100
    assert info["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]


async def test_what_waited_before_the_start_is_brought_too(folder: Path, tmp_path: Path, by_webhook: dict[str, str]) -> None:
    world = World(TOKEN)
    chat = Chat(world, world.add_person("Mona").id)
    chat.send("/start")
    async with run_bot(folder, tmp_path, world, **by_webhook):
        await chat.see("First?")


async def test_an_address_with_a_path_is_kept(folder: Path, tmp_path: Path, by_webhook: dict[str, str]) -> None:
    by_webhook["WEBHOOK_URL"] += "/bots/mine"
    async with run_bot(folder, tmp_path, **by_webhook) as running:
        chat = running.person()
        chat.send("/start")
        await chat.see("First?")
        assert running.world.webhook.url.endswith("/bots/mine")


async def test_the_webhook_stays_set_when_the_bot_stops_and_what_comes_meanwhile_is_not_lost(
    folder: Path, tmp_path: Path, by_webhook: dict[str, str]
) -> None:
    world = World(TOKEN)
    world.webhook.first_wait = 0.05
    chat = Chat(world, world.add_person("Mona").id)
    async with run_bot(folder, tmp_path, world, **by_webhook):
        chat.send("/start")
        await chat.see("First?")
    assert world.calls["deletewebhook"] == 0
    chat.press("Yes")
    async with run_bot(folder, tmp_path, world, **by_webhook):
        await chat.see("Second?")


async def test_polling_removes_a_webhook_and_drops_nothing(folder: Path, tmp_path: Path, url: str) -> None:
    world = World(TOKEN)
    world.webhook.set(f"{url}/telegram", "x")
    world.faults.add("deleteWebhook", kind="server_error", times=1)
    chat = Chat(world, world.add_person("Mona").id)
    chat.send("/start")
    async with run_bot(folder, tmp_path, world):
        await chat.see("First?")
    assert world.webhook.url == ""


# --- who may not


@pytest.mark.parametrize("shown", [{}, {SECRET_HEADER: ""}, {SECRET_HEADER: SECRET[:-1]}, {SECRET_HEADER: "gehéim"}])
async def test_a_wrong_secret_is_refused_and_nothing_is_stored(
    hooked: RunningBot, session: aiohttp.ClientSession, url: str, shown: dict[str, str]
) -> None:
    await ready(hooked)
    body = b'{"update_id": 1, "message": {"chat": "none"}}'
    assert await post(session, url, body, {"Content-Type": "application/json", **shown}) == 401
    assert await hooked.store.list_dead() == []


async def test_the_secret_is_compared_in_constant_time(
    hooked: RunningBot, session: aiohttp.ClientSession, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    compare = hmac.compare_digest

    def note(shown: bytes, wanted: bytes) -> bool:
        compared.append((shown, wanted))
        return compare(shown, wanted)

    await ready(hooked)
    monkeypatch.setattr(hmac, "compare_digest", note)
    headers = {"Content-Type": "application/json", SECRET_HEADER: "wrong"}
    assert await post(session, url, b"{}", headers) == 401
    assert (b"wrong", SECRET.encode()) in compared


async def test_the_secret_is_looked_at_before_the_body_is_there(hooked: RunningBot, port: int) -> None:
    """The body never comes; the answer does."""
    await ready(hooked)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
        + f"{SECRET_HEADER}: wrong\r\n\r\n".encode()
    )
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 401")
    writer.close()


async def test_too_large_a_body_is_refused_whether_its_length_is_told_or_not(
    hooked: RunningBot, session: aiohttp.ClientSession, url: str
) -> None:
    await ready(hooked)

    async def in_pieces() -> Any:
        for _ in range(17):
            yield b" " * 2**16

    assert await post(session, url, io.BytesIO(b" " * (LARGEST_BODY + 1))) == 413
    assert await post(session, url, in_pieces()) == 413


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"{}", 415),
        ("application/json", b"{", 400),
        ("application/json", b"[1]", 400),
        ("application/json", b'{"update_id": "one"}', 400),
        ("application/json", b'{"update_id": 5}', 200),
    ],
)
async def test_only_updates_as_json_are_taken(
    hooked: RunningBot, session: aiohttp.ClientSession, url: str, kind: str, body: bytes, status: int
) -> None:
    await ready(hooked)
    assert await post(session, url, body, {**GOOD, "Content-Type": kind}) == status


async def test_nothing_of_a_request_is_ever_logged(
    hooked: RunningBot,
    session: aiohttp.ClientSession,
    url: str,
    port: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG, "waymark")
    await ready(hooked)
    await post(session, url, b'{"update_id": 9, "message": {"text": "private words"}}')
    await post(session, url, b'{"private words')

    monkeypatch.setattr(hooked.service.intake, "_read", lambda batch: {}["private words"])
    assert await post(session, url, b'{"update_id": 10}') == 500
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"private words\r\n\r\n")
    await reader.read()
    writer.close()
    assert "a request broke off: KeyError" in caplog.text
    assert "private" not in caplog.text and SECRET not in caplog.text


# --- when something is away


async def test_a_store_that_is_away_costs_503s_and_loses_and_doubles_nothing(hooked: RunningBot, stores: list[FaultyStore]) -> None:
    await ready(hooked)
    stores[0].away = True
    chats = [hooked.person() for _ in range(5)]
    walks = [asyncio.create_task(walk(chat)) for chat in chats]
    await chats[0].until(lambda: stores[0].hits["away"], "a call of the store that is away")
    for _ in range(3):
        stores[0].away = False
        await asyncio.sleep(0.05)
        stores[0].away = True
        await asyncio.sleep(0.15)
        stores[0].away = False
    await asyncio.gather(*walks)
    await hooked.idle()
    assert stores[0].hits["away"] > 0
    for chat in chats:
        assert await answers_of(hooked, chat) == ["Yes", f"words of {chat.person}", True]
        assert len(chat.messages) == 4


async def test_a_commit_whose_acknowledgement_is_lost_counts_once_and_in_order(
    hooked: RunningBot, stores: list[FaultyStore]
) -> None:
    """It is answered with 503 although it lies in the inbox, and recognised when it comes again."""
    stores[0].cuts = 0.3
    chats = [hooked.person() for _ in range(8)]
    await asyncio.gather(*map(walk, chats))
    stores[0].cuts = 0.0
    await hooked.idle()
    assert stores[0].hits["cuts"] > 0
    for chat in chats:
        assert await answers_of(hooked, chat) == ["Yes", f"words of {chat.person}", True]
    assert (await hooked.store.count())["waiting"] == 0


async def test_a_store_that_hangs_is_answered_with_503_in_time(
    hooked: RunningBot,
    stores: list[FaultyStore],
    session: aiohttp.ClientSession,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await ready(hooked)
    monkeypatch.setattr(webhook, "COMMIT_SECONDS", 0.1)
    stores[0].seconds = 5.0
    async with asyncio.timeout(2):
        assert await post(session, url, b'{"update_id": 4}') == 503
    stores[0].seconds = 0.0
    assert await post(session, url, b'{"update_id": 4}') == 200


async def test_before_the_bot_is_ready_telegram_is_told_to_come_again(
    folder: Path, tmp_path: Path, by_webhook: dict[str, str], session: aiohttp.ClientSession, url: str
) -> None:
    async with run_bot(folder, tmp_path, waits=False, **{**by_webhook, "BOT_API_URL": "http://127.0.0.1:9"}):
        async with asyncio.timeout(5):
            while (status := await try_post(session, url)) is None:
                await asyncio.sleep(0.01)
        assert status == 503


async def try_post(session: aiohttp.ClientSession, url: str) -> int | None:
    """The status; None while nobody listens."""
    try:
        return await post(session, url, b'{"update_id": 4}')
    except aiohttp.ClientConnectionError:
        return None


async def test_an_address_that_telegram_refuses_ends_the_start(hooked: RunningBot) -> None:
    hook = Webhook(hooked.service.transport, hooked.service.intake.take_in, lambda: False, "ftp://nowhere", "x")
    await ready(hooked)
    with pytest.raises(WebhookRefused, match=r"WEBHOOK_URL: Telegram does not accept it: .*bad webhook"):
        await hook.receive()


async def test_who_floods_is_answered_a_little_and_the_rest_is_confirmed(hooked: RunningBot) -> None:
    flooder, other = hooked.person("Flood"), hooked.person("Other")
    for number in range(200):
        flooder.send(f"message {number}")
    other.send("/start")
    await other.see("First?")
    await hooked.idle()
    assert sum("that was a lot at once" in text_of(message) for message in flooder.messages) <= 3
    assert hooked.world.pending == 0
