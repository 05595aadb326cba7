"""The dead letters, for the operator: which updates were put aside and why, and back into the inbox with them.

Of an update only its kind is shown, never what somebody wrote.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import orjson

from database.records import DeadUpdate
from database.store import Store

AT_ONCE = 500  # ids in one call of the store
HEAD = f"{'update':>12}  {'when (UTC)':<19}  {'person':>12}  {'kind':<18}  reason"


async def list_letters(store: Store) -> list[str]:
    """A table, one line a dead letter, the longest dead first; one line when there is none. Raises StoreUnavailable."""
    dead = await _list_all(store)
    return [HEAD, *map(describe_letter, dead)] if dead else ["No update was put aside."]


async def retry_letters(store: Store, wanted: Sequence[int] | None) -> tuple[list[str], int]:
    """Back into the inbox with these (None: with all): lines for the operator, and how many ids were no dead letters.

    A bot that runs takes them up with its next look into the inbox, else the next one that is started. Raises StoreUnavailable.
    """
    known = {letter.update_id for letter in await _list_all(store)}
    ids = sorted(known if wanted is None else known & set(wanted))
    unknown = sorted(set(wanted or ()) - known)
    revived = 0
    for first in range(0, len(ids), AT_ONCE):
        revived += await store.revive_dead(ids[first : first + AT_ONCE])
    lines = [f"{revived} put back into the inbox; the bot takes them up within half a minute, or when it is started."]
    return [*lines, *(f"{one}: no dead letter has this id" for one in unknown)], len(unknown)


def describe_letter(letter: DeadUpdate) -> str:
    """One line of the table."""
    when = datetime.fromisoformat(letter.at).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    person = "-" if letter.person is None else str(letter.person)
    return f"{letter.update_id:>12}  {when:<19}  {person:>12}  {_kind_of(letter.body):<18}  {letter.reason}"


async def _list_all(store: Store) -> list[DeadUpdate]:
    return await store.list_dead((await store.count())["dead"] + AT_ONCE)  # and those that die just now


def _kind_of(body: bytes) -> str:
    """The name that Telegram gives it: message, callback_query …"""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "unreadable"
    names = [name for name in raw if name != "update_id"] if isinstance(raw, dict) else []
    return next((name for name in names if name.isascii() and name.replace("_", "").isalpha()), "unknown")[:18]
