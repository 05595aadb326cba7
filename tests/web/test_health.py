"""GET /health: 200 while the bot does its work, 503 with the reasons when it does not."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from database.store import StoreUnavailable
from tests.chat import RunningBot, run_bot
from trials.faulty_store import FaultyStore
from utils import clock
from web import health
from web.backlog import Backlog
from web.errors import CannotListen
from web.health import Health
from web.server import WebServer


async def ask(session: aiohttp.ClientSession, url: str) -> tuple[int, dict[str, Any]]:
    """Status and body."""
    async with session.get(f"{url}/health") as answer:
        assert answer.content_type == "application/json"
        return answer.status, await answer.json()


def later(seconds: float) -> None:
    """The clock stands so many seconds ahead."""
    at = clock.now() + timedelta(seconds=seconds)
    clock.set(lambda: at)


async def started(running: RunningBot) -> RunningBot:
    """Once the first poll was answered."""
    chat = running.person()
    chat.send("/start")
    await chat.see("First?")
    await running.idle()
    return running


async def test_all_is_well(polling: RunningBot, session: aiohttp.ClientSession, url: str) -> None:
    await started(polling)
    status, body = await ask(session, url)
    assert (status, body["status"], body["reasons"]) == (200, "ok", [])
    assert set(body) == {"status", "reasons", "polling", "store", "outbox_age", "loop_lag"}
    assert 0 <= body["polling"] < 90 and 0 < body["store"] < 5000 and body["outbox_age"] == 0


async def test_no_finished_poll_for_90_s_is_a_reason(polling: RunningBot, session: aiohttp.ClientSession, url: str) -> None:
    await started(polling)
    polling.world.faults.add("getUpdates", kind="hang", seconds=30)
    later(89 - (clock.now().timestamp() - polling.service.intake.last_poll))
    assert (await ask(session, url))[0] == 200
    later(3)
    status, body = await ask(session, url)
    assert (status, body["reasons"]) == (503, ["polling: no poll was answered for 92 s"])


async def test_a_telegram_that_was_never_reached_is_a_reason_too(
    folder: Path, tmp_path: Path, port: int, session: aiohttp.ClientSession, url: str
) -> None:
    async with run_bot(folder, tmp_path, waits=False, WEB_PORT=str(port), BOT_API_URL="http://127.0.0.1:9"):
        await until(lambda: reached(session, url))
        assert (await ask(session, url))[0] in (200, 503)  # the store may still be opening
        later(91)
        status, body = await ask(session, url)
        assert status == 503 and body["reasons"][0] == "starting: updates are not taken yet"
        assert "polling: no poll was answered for 91 s" in body["reasons"]


async def reached(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether the web server listens."""
    try:
        await ask(session, url)
    except aiohttp.ClientConnectionError:
        return False
    return True


async def until(condition: Callable[[], Any]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(5):
        while not await condition():
            await asyncio.sleep(0.01)


async def test_a_store_that_fails_is_a_reason_and_its_words_hold_no_address(
    polling: RunningBot, stores: list[FaultyStore], session: aiohttp.ClientSession, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse() -> None:
        raise StoreUnavailable("mongodb://user:password@host")

    monkeypatch.setattr(stores[0], "ping", refuse, raising=False)
    status, body = await ask(session, url)
    assert (status, body["store"], body["reasons"]) == (503, None, ["store: StoreUnavailable"])


async def test_a_store_that_does_not_answer_in_time_is_a_reason(
    polling: RunningBot, stores: list[FaultyStore], session: aiohttp.ClientSession, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PING_SECONDS", 0.05)
    monkeypatch.setattr(stores[0], "ping", asyncio.Event().wait, raising=False)
    status, body = await ask(session, url)
    assert (status, body["store"], body["reasons"]) == (503, None, ["store: no answer within 0 s"])


async def test_a_message_that_can_not_be_sent_is_a_reason_after_120_s(
    polling: RunningBot, session: aiohttp.ClientSession, url: str
) -> None:
    await started(polling)
    fault = polling.world.faults.add("sendMessage", kind="server_error")
    chat = polling.person()
    chat.send("/start")
    await chat.until(lambda: polling.service.outbox.list_waiting(), "a message in the outbox")
    assert (await ask(session, url))[0] == 200
    later(121)
    polling.service.intake.last_poll = clock.now().timestamp()
    status, body = await ask(session, url)
    assert status == 503 and body["reasons"] == [f"outbox: a message has waited for {body['outbox_age']:.0f} s"]
    assert 121 <= body["outbox_age"] < 130
    polling.world.faults.remove(fault)
    await chat.see("First?")
    assert (await ask(session, url))[1]["outbox_age"] == 0


async def test_a_message_that_a_429_holds_is_none(polling: RunningBot, session: aiohttp.ClientSession, url: str) -> None:
    await started(polling)
    chat = polling.person()
    polling.world.faults.add("sendMessage", chat=chat.person, kind="too_many_requests", retry_after=1000, times=1)
    chat.send("/start")
    await chat.until(lambda: any(lane.held_until for lane in polling.service.outbox.list_waiting()), "a chat that is held")
    await ask(session, url)
    later(300)
    polling.service.intake.last_poll = clock.now().timestamp()
    status, body = await ask(session, url)
    assert (status, body["outbox_age"]) == (200, 0)


@pytest.mark.parametrize(("lag", "reasons"), [(0.9, ()), (1.25, ("loop: the event loop is 1.2 s late",))])
async def test_a_loop_that_is_more_than_a_second_late_is_a_reason(
    polling: RunningBot, lag: float, reasons: tuple[str, ...]
) -> None:
    await started(polling)
    report = await Health(polling.store, Backlog(polling.service.outbox.list_waiting), lambda: lag, None).check()
    assert (report.reasons, report.polling, report.loop_lag) == (reasons, None, lag)


async def test_without_a_port_there_is_no_server(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        assert running.service.companions == []


async def test_a_port_that_is_taken_is_told_with_its_setting(polling: RunningBot, port: int) -> None:
    await started(polling)
    second = WebServer("127.0.0.1", port, [])
    with pytest.raises(CannotListen, match=f"WEB_HOST, WEB_PORT: can't listen on 127.0.0.1:{port}"):
        await second.start()
    await second.stop()
