"""The log of a real bot process at DEBUG holds neither the token nor anything that a person typed or is called."""

from pathlib import Path

from tests.chat import Chat, write_programme
from tests.process import open_bot

TOKEN = "7654321:the_token_that_opens_everything_12345"
STEPS = [
    {"type": "text", "name": "word", "label": "A word?"},
    {"type": "select_one", "name": "place", "label": "Where?", "choices": ["Here"], "or_other": True},
]


async def test_no_token_no_name_and_no_answer_in_the_log_at_debug(tmp_path: Path) -> None:
    every_operation_is_slow = {"SLOW_OPERATION_SECONDS": "0.000001"}  # so that this log is seen too
    async with open_bot(tmp_path, TOKEN) as bot:
        write_programme(tmp_path / "programmes", "trial", {"menu": ["one"]}, one=STEPS)
        async with bot.serving(tmp_path / "log", LOG_LEVEL="DEBUG", **every_operation_is_slow):
            chat = Chat(bot.world, bot.world.add_person("Peregrine", "Zephyrsson", "zephyr_username").id)
            chat.send("/start")
            await chat.see("A word?")
            chat.send("quixotic")
            await chat.see("Where?")
            bot.world.faults.add("sendMessage", kind="bad_request", description="Bad Request: no", times=1)
            chat.press("Other")
            chat.send("xylophone")
            await chat.until(lambda: "could not show" in str(chat.last.get("text")), "the apology for the refused message")
    written = (tmp_path / "log").read_text(encoding="utf-8")
    assert "Slow operation detected: process_question" in written
    for secret in (TOKEN, "the_token_that_opens", "quixotic", "xylophone", "Peregrine", "Zephyrsson", "zephyr_username"):
        assert secret not in written, f"{secret} stands in the log"
