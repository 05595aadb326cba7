"""The log of a real bot process at DEBUG holds neither the token nor anything that a person typed or is called."""

import asyncio
import os
import sys
from pathlib import Path

from simulator.server import Simulator
from simulator.world import World
from tests.chat import Chat, write_programme

ROOT = Path(__file__).parents[1]
TOKEN = "7654321:the_token_that_opens_everything_12345"
STEPS = [
    {"type": "text", "name": "word", "label": "A word?"},
    {"type": "select_one", "name": "place", "label": "Where?", "choices": ["Here"], "or_other": True},
]


async def test_no_token_no_name_and_no_answer_in_the_log_at_debug(tmp_path: Path) -> None:
    folder = write_programme(tmp_path / "programmes", "study", {"menu": ["one"]}, one=STEPS)
    world = World(TOKEN)
    simulator = Simulator(world)
    await simulator.start()
    environment = {
        **os.environ,
        "BOT_TOKEN": TOKEN,
        "BOT_API_URL": simulator.url,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
        "PROGRAMMES": str(folder),
        "LOG_LEVEL": "DEBUG",
        "SLOW_OPERATION_SECONDS": "0.000001",  # every operation is slow, so that this log is seen too
    }
    with (tmp_path / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(ROOT / "bot.py"), env=environment, cwd=tmp_path, stdout=log, stderr=log
        )
        try:
            chat = Chat(world, world.add_person("Peregrine", "Zephyrsson", "zephyr_username").id)
            chat.send("/start")
            await chat.see("A word?")
            chat.send("quixotic")
            await chat.see("Where?")
            world.faults.add("sendMessage", kind="bad_request", description="Bad Request: no", times=1)
            chat.press("Other")
            chat.send("xylophone")
            await chat.until(lambda: "could not show" in str(chat.last.get("text")), "the apology for the refused message")
        finally:
            process.terminate()
            assert await process.wait() == 0
            await simulator.stop()
    written = (tmp_path / "log").read_text(encoding="utf-8")
    assert "Slow operation detected: process_question" in written
    for secret in (TOKEN, "the_token_that_opens", "quixotic", "xylophone", "Peregrine", "Zephyrsson", "zephyr_username"):
        assert secret not in written, f"{secret} stands in the log"
