"""The contestants: our product on each of its databases, and the peers with the same ten questions."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from install import HERE, NODE, PYTHON

OURS = {"start": "/start bench__q", "answer": "label", "finish": "1"}  # presses store the label; the last question is answered too
OURS_IN_BURSTS = OURS | {"start": "/start bench__pair", "early": "refuse"}


@dataclass(frozen=True)
class Contestant:
    """`command` is run in an empty folder; `options` go to the load server; `environ` is added to the bot's."""

    name: str
    words: str
    command: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    burst_options: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    is_ours: bool = False
    on_mongo: bool = False
    slow: bool = False  # takes its time: gets a longer warm-up and window, so that there is something to count


def list_contestants(checkout: Path) -> list[Contestant]:
    """In the order in which they run; `checkout` is the folder with our `bot.py`."""
    return [
        make_own("waymark", "Waymark on SQLite", checkout),
        make_own("waymark_motor", "Waymark on MongoDB, motor", checkout, "motor"),
        make_own("waymark_pymongo", "Waymark on MongoDB, PyMongo", checkout, "pymongo"),
        Contestant("telegraf", "Telegraf 4, in memory", ("node", str(NODE / "bots" / "telegraf_bot.mjs"))),
        Contestant("grammy", "grammY 1 with runner, in memory", ("node", str(NODE / "bots" / "grammy_bot.mjs"))),
        Contestant(
            "grammy_mongo", "grammY 1 with runner, MongoDB", ("node", str(NODE / "bots" / "grammy_bot.mjs"), "mongo"), on_mongo=True
        ),
        Contestant("aiogram", "aiogram 3, in memory", (str(PYTHON), str(HERE / "bots" / "aiogram_bot.py"))),
        Contestant(
            "aiogram_mongo", "aiogram 3, MongoDB", (str(PYTHON), str(HERE / "bots" / "aiogram_bot.py"), "mongo"), on_mongo=True
        ),
        Contestant("ptb", "python-telegram-bot 22, in memory", (str(PYTHON), str(HERE / "bots" / "ptb_bot.py")), slow=True),
    ]


def make_own(name: str, words: str, checkout: Path, driver: str = "") -> Contestant:
    """The real `bot.py`, with its defaults but for where programmes and data lie."""
    environ = {
        "PROGRAMMES": str(HERE / "programmes"),
        "MONGO_DRIVER": driver or "motor",
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "text",
        "MODE": "polling",
        "ADMIN_IDS": "",
    }
    command = (sys.executable, str(checkout / "bot.py"))
    return Contestant(name, words, command, OURS, OURS_IN_BURSTS, environ, is_ours=True, on_mongo=bool(driver))


def make_environ(one: Contestant, folder: Path, mongo_uri: str, database: str, **more: str) -> dict[str, str]:
    """The bot's whole environment. Settings of the caller's own bot are overruled."""
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **one.environ, **more}
    if one.is_ours:
        environ |= {"DATABASE_URL": f"sqlite:///{folder / 'bench.db'}", "DATA_DIR": str(folder), "MONGO_DB": database}
        environ |= {"MONGO_URI": mongo_uri if one.on_mongo else ""}
    return environ | {"BENCH_MONGO": mongo_uri, "BENCH_DB": database}
