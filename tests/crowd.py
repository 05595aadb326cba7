"""Fifty people who are led through the ten questions of `bench/programmes` at the same time, by the real bot in this process and a
Telegram that answers at once: for tests that count what a step costs.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from handlers.api.transport import Answer, Call
from handlers.incoming import fast_path
from handlers.outgoing import notes
from handlers.service import Service
from utils.performance import performance_monitor

PROGRAMMES = Path(__file__).parents[1] / "bench" / "programmes"
PEOPLE = 50
QUESTIONS = 10
UPDATES = PEOPLE * (QUESTIONS + 1)  # of one walk: /start and an answer to each question
PATIENCE = 30.0  # seconds for one question of everybody; only a failing test takes so long
NEVER = 600.0  # seconds


class InstantTelegram:
    """Answers in the next round of the event loop, and keeps what was sent. Stands in for `handlers.api.transport.Transport`."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.sent: list[dict[str, Any]] = []
        self.message_id = 0
        self.arrived = asyncio.Event()
        self.expected = 0

    def begin(self, method: str, params: Mapping[str, Any], timeout: float | None = None) -> Call:
        """A call that is on its way."""
        orjson.dumps(params)  # what can't be sent fails here too
        self.calls[method] += 1
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        body = orjson.dumps({"ok": True, "result": self._result(method, params)})
        asyncio.get_running_loop().call_soon(answer.set_result, (200, body))
        return Call(method, answer)

    async def call(self, method: str, params: Mapping[str, Any], timeout: float | None = None) -> Any:
        """The same, awaited."""
        return await self.begin(method, params).result()

    async def do_request(self, url: str, method: str, *rest: Any, **options: Any) -> Answer:
        """What python-telegram-bot itself asks at a start."""
        return 200, orjson.dumps({"ok": True, "result": self._result(url.rpartition("/")[2], {})})

    def _result(self, method: str, params: Mapping[str, Any]) -> Any:
        if method == "getMe":
            return {"id": 1, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
        if method != "sendMessage":
            return True
        message = self.make_message(params["chat_id"], **params, **{"from": {"id": 1, "is_bot": True, "first_name": "Bench"}})
        self.sent.append(message)
        if len(self.sent) == self.expected:
            self.arrived.set()
        return message

    def make_message(self, chat: int, **fields: Any) -> dict[str, Any]:
        """Telegram's `Message`, of a private chat."""
        self.message_id += 1
        return {"message_id": self.message_id, "date": int(time.time()), "chat": {"id": chat, "type": "private"}, **fields}


class Crowd:
    """Fifty people who all answer, then all see the next question."""

    def __init__(self, service: Service, telegram: InstantTelegram) -> None:
        self.service, self.telegram = service, telegram
        self._update_id = 0

    async def walk(self) -> None:
        """From /start to the closing words."""
        await self._step(await self.begin(), "That was ")

    async def begin(self) -> list[dict[str, Any]]:
        """From /start to the last question; gives everybody's answer to it, which was not said yet."""
        batch = [self._say(person, "/start bench__q") for person in range(1, PEOPLE + 1)]
        for number in range(1, QUESTIONS + 1):
            batch = [self._answer(message) for message in await self._step(batch, f"Q{number}/{QUESTIONS} ")]
        return batch

    async def _step(self, batch: list[dict[str, Any]], words: str) -> list[dict[str, Any]]:
        """Everybody's next message, which begins with `words`, when all is done that the batch has set going."""
        self.telegram.sent, self.telegram.expected = [], len(batch)
        self.telegram.arrived.clear()
        async with asyncio.timeout(PATIENCE):
            await self.service.intake.take_in(batch)
            await self.telegram.arrived.wait()
            while self.service.lines.outstanding:
                await asyncio.sleep(0)
        for _ in range(20):  # rounds of the loop: answers are noted, the tasks end
            await asyncio.sleep(0)
        assert sorted(message["chat"]["id"] for message in self.telegram.sent) == list(range(1, PEOPLE + 1))
        assert all(message["text"].startswith(words) for message in self.telegram.sent)
        return self.telegram.sent

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        person = message["chat"]["id"]
        if "reply_markup" not in message:
            return self._say(person, f"words {message['message_id']}")
        data = message["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        query = {"id": str(self._update_id), "from": _user(person), "message": message, "chat_instance": "1", "data": data}
        return self._update(callback_query=query)

    def _say(self, person: int, text: str) -> dict[str, Any]:
        return self._update(message=self.telegram.make_message(person, text=text, **{"from": _user(person)}))

    def _update(self, **fields: Any) -> dict[str, Any]:
        self._update_id += 1
        return {"update_id": self._update_id, **fields}


def _user(person: int) -> dict[str, Any]:
    return {"id": person, "is_bot": False, "first_name": "Mona", "language_code": "en"}


@asynccontextmanager
async def crowd_at_work(service: Service, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Crowd]:
    """The bot at work, after everybody's first walk: new people cost more than those that are known. Nothing is done early or late
    because the machine is slow."""
    monkeypatch.setattr(fast_path, "WAIT_SECONDS", NEVER)  # nor is stored what its turn makes durable
    monkeypatch.setattr(fast_path, "SLOW_SECONDS", NEVER)
    monkeypatch.setattr(notes, "LINGER_SECONDS", NEVER)  # nor noted by itself what the next turn notes
    telegram, ready = InstantTelegram(), asyncio.Event()
    for name in ("begin", "call", "do_request"):
        monkeypatch.setattr(service.transport, name, getattr(telegram, name))

    async def receive() -> None:
        ready.set()
        await service.stop.wait()

    monkeypatch.setattr(service, "receive", receive)
    life = asyncio.create_task(service.run())
    try:
        async with asyncio.timeout(PATIENCE):
            await ready.wait()
        crowd = Crowd(service, telegram)
        await crowd.walk()
        telegram.calls.clear()
        performance_monitor.reset()
        yield crowd
    finally:
        service.stop.set()
        await life
