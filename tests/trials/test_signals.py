"""How the process ends: nothing is lost by SIGTERM, by SIGKILL after it, or by a second signal, whatever is under way."""

import asyncio
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Callable

from database.connect import make_store
from tests.chat import Chat
from tests.process import Bot, asked, end, make_crowd, until

GRACE = 10  # seconds within which SIGTERM is to be obeyed
BUSY = 25  # the same on a machine that does other things too; a call that hangs takes 30


async def finish(bot: Bot, chats: list[Chat]) -> None:
    """A new process; everybody answers the first question, is asked the second, and every answer is kept."""
    process = await bot.start()
    await until(lambda: all(chat.messages for chat in chats), "a question for everybody")
    for chat in chats:
        chat.press("Yes")
    await until(lambda: all("Second?" in asked(chat) for chat in chats), "another question for everybody")
    status, _, said = await end(process, signal.SIGTERM)
    assert status == 0 and "ERROR" not in said and "Traceback" not in said
    store = make_store(f"sqlite:///{bot.place / 'data' / 'waymark.db'}", mongo_db="")
    await store.open()
    for chat in chats:
        record = await store.find_person(chat.person)
        assert record is not None and record.run is not None
        assert [answer["value"] for answer in record.run["answers"]] == ["Yes"]
    assert (await store.count())["waiting"] == 0
    await store.close()


async def stop(process: Process, grace: int) -> tuple[float, int | None]:
    """SIGTERM, and SIGKILL after `grace` seconds; gives the seconds until the end, and the status, None if it had to be killed."""
    begun = time.monotonic()
    process.terminate()
    try:
        async with asyncio.timeout(grace):
            status = await process.wait()
    except TimeoutError:
        await end(process, signal.SIGKILL)
        return time.monotonic() - begun, None
    return time.monotonic() - begun, status


async def test_sigterm_with_1000_pending_and_sigkill_10_s_later_lose_nothing(bot: Bot, size: Callable[[int, int], int]) -> None:
    """Every tenth call hangs, so that the grace is used to its end."""
    chats = make_crowd(bot.world, size(100, 1000))
    bot.world.faults.add("sendMessage", probability=0.1, kind="hang", seconds=30.0)
    bot.world.faults.add("sendMessage", kind="delay", seconds=0.3)
    process = await bot.start()
    await until(lambda: bot.world.calls["sendmessage"] > len(chats) / 10, "the first messages")
    sent, pending = bot.world.calls["sendmessage"], bot.world.pending
    seconds, status = await stop(process, size(BUSY, GRACE))
    print(f"{len(chats)} people, {sent} calls begun, {pending} updates not fetched: ended after {seconds:.1f} s, status {status}")
    assert status == 0
    bot.world.faults.clear()
    await finish(bot, chats)
    assert all(asked(chat) == ["First?", "Second?"] for chat in chats)


async def test_two_sigterms_half_a_second_apart_again_and_again_lose_nothing(bot: Bot, size: Callable[[int, int], int]) -> None:
    """Some calls hang, so that the second signal finds the bot ending; newcomers are there at every start. The last time it is told
    to end all the time."""
    chats: list[Chat] = []
    rounds = size(1, 20)
    for number in range(1, rounds + 1):
        chats += make_crowd(bot.world, 20)
        bot.world.calls.clear()
        fault = bot.world.faults.add("sendMessage", probability=0.5, kind="hang", seconds=30.0)
        process = await bot.start()
        await until(lambda: bot.world.calls["sendmessage"] >= 20, "messages, some of which hang")
        process.terminate()
        await asyncio.sleep(0.5)
        assert process.returncode is None, "it is to be ending still"
        ending = asyncio.create_task(stop(process, size(BUSY, GRACE)))
        while number == rounds and process.returncode is None:
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.1)
        seconds, status = await ending
        assert status == 0, f"ended after {seconds:.1f} s with status {status}"
        _, _, said = await end(process)
        assert said.splitlines()[-1].endswith("stopped") and "Traceback" not in said
        bot.world.faults.remove(fault)
    print(f"{rounds} times two SIGTERMs, {len(chats)} people: always status 0")
    await finish(bot, chats)
    assert all(asked(chat) == ["First?", "Second?"] for chat in chats)


async def test_sigkill_soon_after_sigterm_loses_nothing(bot: Bot, size: Callable[[int, int], int]) -> None:
    """One message a chat may be repeated."""
    chats = make_crowd(bot.world, size(60, 200))
    bot.world.faults.add("sendMessage", kind="delay", seconds=0.3)
    process = await bot.start()
    await until(lambda: bot.world.calls["sendmessage"] > 20, "the first messages")
    process.terminate()
    await asyncio.sleep(0.1)
    assert (await end(process, signal.SIGKILL))[0] == -signal.SIGKILL
    bot.world.faults.clear()
    await finish(bot, chats)
    assert all(asked(chat) in (["First?", "Second?"], ["First?", "First?", "Second?"]) for chat in chats)
