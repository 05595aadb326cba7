"""Uploads beside everything else: how many at once, and who need not wait for them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from handlers.api.transport import LARGE_AT_ONCE, Answer, Call, Transport, Upload
from media.library import LARGE_BYTES, PIECE_BYTES
from utils.performance import performance_monitor


class Slow:
    """A server that answers large uploads when `go` is set, everything else at once."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.address = ""
        self.under_way = self.most = 0

    async def take(self, request: web.Request) -> web.Response:
        """Any method; every byte of it is read."""
        size = sum([len(piece) async for piece in request.content.iter_any()])
        if size > 1.5 * LARGE_BYTES:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            await self.go.wait()
            self.under_way -= 1
        return web.json_response({"ok": True, "result": {"message_id": size}})


@pytest.fixture
async def server() -> AsyncIterator[Slow]:
    slow = Slow()
    app = web.Application()
    app.router.add_post("/{method}", slow.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slow.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield slow
    await runner.cleanup()


@pytest.fixture
async def transport(server: Slow) -> AsyncIterator[Transport]:
    made = Transport(server.address, read=30, write=30, connect=30, pool=30)
    await made.initialize()
    yield made
    await made.shutdown()


def make_upload(size: int) -> Upload:
    """So many noughts."""

    async def read() -> AsyncIterator[bytes]:
        for start in range(0, size, PIECE_BYTES):
            yield bytes(min(PIECE_BYTES, size - start))

    return Upload("film.mp4", "video/mp4", size, read)


async def send_film(transport: Transport) -> Any:
    """A large upload."""
    return await transport.upload("sendVideo", {"chat_id": 1}, {"video": make_upload(2 * LARGE_BYTES)})


async def test_large_uploads_take_turns_and_nothing_else_waits_for_them(server: Slow, transport: Transport) -> None:
    """Twenty people get films: a few at once, and meanwhile messages and small pictures go out."""
    films = [asyncio.create_task(send_film(transport)) for _ in range(20)]
    while server.under_way < LARGE_AT_ONCE:
        await asyncio.sleep(0.001)
    assert await transport.call("sendMessage", {"chat_id": 2, "text": "a reply"})
    picture = await transport.upload("sendPhoto", {"chat_id": 3}, {"photo": make_upload(LARGE_BYTES)})
    assert picture["message_id"] > LARGE_BYTES  # bytes that came
    assert server.under_way == LARGE_AT_ONCE and not any(film.done() for film in films)
    server.go.set()
    await asyncio.gather(*films)
    assert server.most == LARGE_AT_ONCE


async def test_an_upload_that_fails_or_is_given_up_leaves_its_turn_to_the_next(server: Slow, transport: Transport) -> None:
    films = [asyncio.create_task(send_film(transport)) for _ in range(LARGE_AT_ONCE)]
    while server.under_way < LARGE_AT_ONCE:
        await asyncio.sleep(0.001)
    for film in films:
        film.cancel()
    await asyncio.gather(*films, return_exceptions=True)
    server.go.set()
    await send_film(transport)


async def test_the_time_of_a_call_ends_with_its_answer_though_it_is_awaited_later() -> None:
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    call = Call("editMessageText", answer).aside()
    answer.set_result((200, b'{"ok":true,"result":true}'))
    await asyncio.sleep(0.3)  # another message goes out meanwhile
    assert await call.result() is True
    assert performance_monitor.get_stats()["telegram.editMessageText"]["max"] < 0.3
