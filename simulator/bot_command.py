"""The bot's command beside a simulated Telegram: the environment of a trial, and its export afterwards."""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class ExportFailed(Exception):
    """The bot's own export did not come to its end."""


def make_environment(trial: str, token: str, url: str, folder: Path, admins: str = "") -> dict[str, str]:
    """A database of its own: SQLite below `folder`, or a new one on the MongoDB that MONGO_URI names."""
    ours = {
        "BOT_TOKEN": token,
        "BOT_API_URL": url,
        "DATABASE_URL": f"sqlite:///{folder / trial}.db",
        "MONGO_DB": f"waymark_{trial}_{time.time_ns()}",
        "PROGRAMMES": str(folder / "programmes"),
        "DATA_DIR": str(folder),
        "ADMIN_IDS": admins,
        "MODE": "polling",
        "WEB_PORT": "",
    }
    return {**os.environ, **ours}


async def export_answers(bot: Sequence[str], environment: Mapping[str, str], *arguments: str) -> bytes:
    """JSON lines, one an answer. Raises ExportFailed."""
    process = await asyncio.create_subprocess_exec(
        *bot, "export", *arguments, "--format", "jsonl", env=dict(environment), stdout=asyncio.subprocess.PIPE
    )
    kept, _ = await process.communicate()
    if process.returncode:
        raise ExportFailed("The bot's answers could not be exported.")
    return kept
