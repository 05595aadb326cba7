"""Telegram's JSON where the quick reader refuses it: one update that holds nonsense must not hide all the others of its poll.

orjson refuses a whole answer for one lone surrogate (`"\\ud83d"`). Python's own reader takes it. An update that could not be stored
as JSON again becomes `Unreadable`; the others are as ever.
"""

import json
import re
from typing import Any

import orjson

_UPDATE_ID = re.compile(rb'"update_id"\s*:\s*(-?\d{1,19})\b')


class Unreadable(dict[str, Any]):
    """An update of which only the id can be used: `{"update_id": …}`. `body` is kept for the operator as it came."""

    def __init__(self, update_id: int, body: bytes) -> None:
        super().__init__(update_id=update_id)
        self.body = body


def read_leniently(body: bytes) -> Any:
    """The JSON value, each update of a `result` on its own. Raises ValueError for what is no JSON to anybody."""
    try:
        value = json.loads(body.decode("utf-8", "surrogateescape"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if isinstance(value, dict) and isinstance(value.get("result"), list):
        value["result"] = [keep_readable(update) for update in value["result"]]
    return value


def keep_readable(update: Any) -> Any:
    """The update itself where it can be stored, else an Unreadable."""
    try:
        orjson.dumps(update)
    except TypeError:  # a lone surrogate, a number of more than 64 bits
        update_id = update.get("update_id") if isinstance(update, dict) else None
        return Unreadable(update_id, json.dumps(update).encode()) if isinstance(update_id, int) else update
    return update


def read_single(body: bytes) -> Unreadable | None:
    """The one update of an answer that nobody can read, by its id; None where not even that can be found."""
    found = _UPDATE_ID.findall(body)
    return Unreadable(int(found[0]), body) if len(found) == 1 else None
