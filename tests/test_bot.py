"""`python bot.py` as a process of its own: what it says when it can't start, what it waits for, and what was put aside."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from database.connect import make_store
from database.records import RawUpdate
from handlers import routes
from handlers.incoming import inbox
from tests.chat import Chat, run_bot
from tests.process import Bot, asked, end, free_port, open_bot, until, until_said

NOWHERE = "http://127.0.0.1:9"  # nobody listens on the discard port


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    """With one programme of two questions."""
    async with open_bot(tmp_path) as opened:
        yield opened


# --- a database that is not there


@pytest.mark.parametrize("command", [("export",), ("inbox",), ("inbox", "--retry-all")])
async def test_a_reading_command_never_makes_a_database(bot: Bot, command: tuple[str, ...]) -> None:
    path = bot.place / "elsewhere" / "waymark.db"
    status, out, said = await bot.run(*command, DATABASE_URL=f"sqlite:///{path}")
    assert (status, out) == (1, "")
    assert said == f"DATABASE_URL: there is no database at {path}; nothing was made.\n"
    assert not path.parent.exists()


# --- a start that can't be


async def test_without_a_token_it_says_in_three_lines_how_to_get_one(bot: Bot) -> None:
    status, out, said = await bot.run(BOT_TOKEN="")
    assert (status, out) == (2, "")
    first, second, third = said.splitlines()
    assert first == "BOT_TOKEN is not set." and "@BotFather" in second and "python bot.py demo" in third


async def test_a_token_that_telegram_refuses_is_told_as_such(bot: Bot) -> None:
    status, _, said = await bot.run(BOT_TOKEN="1234567:nobody_knows_this_token")
    assert status == 2 and "Traceback" not in said
    assert said.splitlines()[-1].startswith("BOT_TOKEN: Telegram does not accept this token.")
    assert "nobody_knows" not in said


async def test_wrong_settings_are_told_all_at_once(bot: Bot) -> None:
    wrong = {"BOT_TOKEN": "no token", "CONCURRENT_UPDATES": "many", "MODE": "webhook", "DEFAULT_TIMEZONE": "Asia/Jerusalm"}
    status, _, said = await bot.run(**wrong)
    named = [line.partition(":")[0] for line in said.splitlines()]
    assert status == 2
    assert sorted(named) == sorted([*(wrong.keys() - {"MODE"}), "WEBHOOK_URL", "WEBHOOK_SECRET", "WEB_PORT"])


async def test_a_broken_programme_is_told_with_file_line_and_column(bot: Bot) -> None:
    broken = bot.place / "programmes" / "trial" / "walk.yaml"
    broken.write_text("title: Walk\nsteps:\n  - {type: txt, name: one, label: First?}\n", encoding="utf-8")
    status, _, said = await bot.run()
    finding, last = said.splitlines()
    assert status == 2 and f"{broken.name}:3:" in finding and ": error: " in finding
    assert last == "The programmes have errors; nothing was started."


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "mongodb://user:secretword@/x?y=z"),
        ("MONGO_URI", "http://user:secretword@host"),
        ("MONGO_URI", "mongodb://user:secretword@host:port"),
    ],
)
async def test_a_database_address_that_is_none_is_told_without_its_password(bot: Bot, variable: str, address: str) -> None:
    status, _, said = await bot.run(**{variable: address})
    assert status == 2 and said.startswith(f"{variable}: ") and len(said.splitlines()) == 1
    assert "secretword" not in said


async def test_a_file_that_is_no_database_is_told_and_not_touched(bot: Bot) -> None:
    path = bot.place / "letter.txt"
    path.write_text("Dear reader, this is no database, and it is long enough to be one. " * 20, encoding="utf-8")
    before = path.read_bytes()
    status, _, said = await bot.run(DATABASE_URL=f"sqlite:///{path}")
    assert status == 2 and "Traceback" not in said
    assert said.splitlines()[-1].startswith("The database can't be used: ")
    assert path.read_bytes() == before


async def test_a_port_that_is_taken_is_told(bot: Bot) -> None:
    port = bot.simulator.url.rpartition(":")[2]
    status, _, said = await bot.run(WEB_PORT=port)
    assert status == 2 and "Traceback" not in said
    assert said.splitlines()[-1].startswith(f"WEB_HOST, WEB_PORT: can't listen on 127.0.0.1:{port}: ")


async def test_an_address_that_telegram_will_not_call_is_told(bot: Bot) -> None:
    bot.world.faults.add("setWebhook", kind="bad_request", description="Bad Request: bad webhook: IP address is reserved")
    hook = {
        "MODE": "webhook",
        "WEBHOOK_URL": "http://10.0.0.1",
        "WEBHOOK_SECRET": "hidden-from-everybody",
        "WEB_PORT": str(free_port()),
    }
    status, _, said = await bot.run(**hook)
    assert status == 2 and "Traceback" not in said and "hidden" not in said
    last = said.splitlines()[-1]
    assert last == "WEBHOOK_URL: Telegram does not accept it: Bad Request: bad webhook: IP address is reserved"


# --- a start that has to wait


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"MONGO_URI": "mongodb://127.0.0.1:9", "MONGO_SERVER_SELECTION_MS": "300"}, "The database"),
        ({"MONGO_URI": "mongodb://127.0.0.1:9", "MONGO_SERVER_SELECTION_MS": "300", "MONGO_DRIVER": "pymongo"}, "The database"),
        ({"BOT_API_URL": NOWHERE}, "Telegram"),
    ],
)
async def test_what_is_away_is_waited_for_and_the_wait_can_be_ended(bot: Bot, settings: dict[str, str], what: str) -> None:
    process = await bot.start(**settings)
    before = await until_said(process, f"{what} is away")
    status, _, after = await end(process, signal.SIGTERM)
    assert status == 0 and "Traceback" not in before + after
    assert after.splitlines()[-1].endswith("stopped")


async def test_telegram_that_comes_back_is_served(bot: Bot) -> None:
    bot.world.faults.add("getMe", kind="html")
    chat = Chat(bot.world, bot.world.add_person("Mona").id)
    chat.send("/start")
    process = await bot.start()
    await until_said(process, "Telegram is away")
    bot.world.faults.clear()
    await until(lambda: chat.messages, "an answer")
    assert (await end(process, signal.SIGINT))[0] == 0


async def test_health_tells_of_a_database_that_is_away(bot: Bot) -> None:
    port = free_port()
    process = await bot.start(MONGO_URI="mongodb://127.0.0.1:9", MONGO_SERVER_SELECTION_MS="300", WEB_PORT=str(port))
    await until_said(process, "The database is away")
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health") as answer:
        assert answer.status == 503
        assert (await answer.json())["reasons"] == ["starting: updates are not taken yet", "store: StoreUnavailable"]
    assert (await end(process, signal.SIGTERM))[0] == 0


# --- the inbox at the shell


async def bury_next(bot: Bot, address: str) -> int:
    """Make the update that waits at Telegram a dead letter, which failed for a reason that is gone; gives its id."""
    (update,) = bot.world.updates.waiting()
    bot.world.updates.clear()
    store = make_store(address, mongo_db="")
    await store.open()
    await store.save_updates([RawUpdate(update.id, update.lane, 1, update.body)])
    await store.save_dead(update.id, "KeyError (menu.py:1 in show)", "2026-11-24T02:44:09+00:00")
    await store.close()
    return update.id


async def test_what_was_put_aside_is_listed_and_tried_again_at_the_next_start(bot: Bot) -> None:
    chat = Chat(bot.world, bot.world.add_person("Mona").id)
    chat.send("/start secretword")
    dead = await bury_next(bot, f"sqlite:///{bot.place / 'data' / 'waymark.db'}")
    status, out, _ = await bot.run("inbox")
    assert status == 0
    assert out.splitlines()[1].split(None, 5) == [
        str(dead), "2026-11-24", "02:44:09", str(chat.person), "message", "KeyError (menu.py:1 in show)"
    ]  # fmt: skip
    assert "secretword" not in out
    assert (await bot.run("inbox", "--retry", "6"))[0] == 1
    status, out, _ = await bot.run("inbox", "--retry", str(dead))
    assert status == 0 and out.startswith("1 put back into the inbox")
    process = await bot.start()
    await until(lambda: "First?" in asked(chat), "the first question")
    assert (await end(process, signal.SIGTERM))[0] == 0
    assert (await bot.run("inbox"))[1] == "No update was put aside.\n"
    assert asked(chat).count("First?") == 1


async def test_a_bot_that_runs_takes_up_what_another_process_revives(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "LOOK_SECONDS", 0.1)
    async with run_bot(bot.place / "programmes", bot.place) as running:
        works = routes.COMMANDS["start"]
        monkeypatch.setitem(routes.COMMANDS, "start", fail)
        chat = running.person()
        chat.send("/start")
        await chat.see("something went wrong")
        monkeypatch.setitem(routes.COMMANDS, "start", works)
        await chat.nothing_more()
        assert (await bot.run("inbox", "--retry-all", DATABASE_URL=f"sqlite:///{bot.place / 'bot.db'}"))[0] == 0
        await chat.see("First?")
        await asyncio.sleep(0.3)
        await running.idle()
        await chat.nothing_more()
        assert (await running.store.count())["waiting"] == 0


async def fail(visit: object) -> None:
    raise KeyError("a fault of ours")
