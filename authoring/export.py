"""`python bot.py export`: every answer as a row of CSV, an object of a JSON array, or a line of JSON.

Works on any store, also while the bot runs; holds one run in memory at a time.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from database.store import Store
from flow.expressions.values import text_of
from flow.kinds.registry import find_kind
from flow.state.passages import bring_up

FORMATS = ("csv", "json", "jsonl")
COLUMNS = (
    *("person", "programme", "flow", "version", "run", "step", "type", "value", "asked_at", "answered_at", "attempt"),
    *("due_at", "sent_at", "touched_at", "reminder", "walk", "instance"),
)  # scripts rely on their order; new ones come behind

# A spreadsheet takes such a cell for a formula; the last four are the wide forms that Excel also reads in East Asian versions.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Write = Callable[[str], Any]


class Writer(Protocol):
    """Turns rows into text of one format."""

    def begin(self) -> None:
        """The text before the first row."""

    def add(self, row: Mapping[str, Any]) -> None:
        """One row."""

    def end(self) -> None:
        """The text behind the last row."""


async def export(store: Store, programme: str | None, format: str, every: bool, write: Write) -> int:
    """Write the answers of one programme (None: of all) as `format`; gives how many rows.

    The current answers, with `every` the replaced ones too. `write` gets text piece by piece, ends of lines included. Raises
    ValueError for an unknown format, StoreError.
    """
    if format not in _WRITERS:
        raise ValueError(f"there is no format {format}: there are {', '.join(FORMATS)}")
    writer, versions, rows = _WRITERS[format](write), _Versions(store), 0
    writer.begin()
    async for run in store.iterate_runs(programme):
        version = await versions.find(run["digest"])
        for row in _rows_of(run, version, every):
            writer.add(row)
            rows += 1
    writer.end()
    return rows


async def has_runs(store: Store, programme: str) -> bool:
    """Whether anybody ever began it. Raises StoreError."""
    async for _ in store.iterate_runs(programme):
        return True
    return False


class _Versions:
    """The free text `version` of the content that a run was pinned to, read once a content."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, str] = {}

    async def find(self, digest: str) -> str:
        """The version, '' where the author gave none or the content is gone."""
        if digest not in self._known:
            source = await self._store.find_content(digest) or {}
            self._known[digest] = source.get("programme", {}).get("version") or ""
        return self._known[digest]


def _rows_of(run: Mapping[str, Any], version: str, every: bool) -> Iterator[dict[str, Any]]:
    for answer in (run if "walks" in run else bring_up(run))["answers"]:
        if every or not answer["replaced"]:
            yield {
                "person": run["person"],
                "programme": run["programme"],
                "flow": answer["flow"],
                "version": version,
                "run": run["number"],
                "step": answer["step"],
                "type": answer["type"],
                "value": answer["value"],
                "asked_at": answer["asked_at"],
                "answered_at": answer["answered_at"],
                "attempt": answer["attempt"],
                "due_at": answer.get("due_at"),
                "sent_at": answer.get("sent_at"),
                "touched_at": _touched_at(answer),
                "reminder": answer.get("reminder"),
                "walk": answer["walk"],
                "instance": answer.get("instance", ""),
            }


def _touched_at(answer: Mapping[str, Any]) -> str | None:
    """When the person first did something with the question; None where they never did, or where nothing was asked."""
    untouched = answer.get("elapsed") or not find_kind(answer["type"]).asks
    moment: str | None = answer.get("touched_at", None if untouched else answer["answered_at"])
    return moment


class _Csv:
    """RFC 4180 with a line of headings; several chosen names are joined by a space, as XLSForm does."""

    def __init__(self, write: Write) -> None:
        self._writer = csv.writer(_Stream(write))

    def begin(self) -> None:
        self._writer.writerow(COLUMNS)

    def add(self, row: Mapping[str, Any]) -> None:
        self._writer.writerow([_cell(row[column]) for column in COLUMNS])

    def end(self) -> None:
        """Nothing follows."""


class _Stream:
    """The little of a file that csv wants."""

    def __init__(self, write: Write) -> None:
        self.write = write


def _cell(value: Any) -> str:
    """A value as a cell that no spreadsheet takes for a formula; numbers stay as they are, -3 too."""
    words = text_of(value)
    return f"'{words}" if words.startswith(_FORMULA) and type(value) not in (int, float) else words


class _JsonLines:
    """One object a line."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def begin(self) -> None:
        """Nothing goes before."""

    def add(self, row: Mapping[str, Any]) -> None:
        self._write(_json(row) + "\n")

    def end(self) -> None:
        """Nothing follows."""


class _Json:
    """One array, written object by object."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._before = "[\n"

    def begin(self) -> None:
        """The bracket goes with the first object."""

    def add(self, row: Mapping[str, Any]) -> None:
        self._write(self._before + _json(row))
        self._before = ",\n"

    def end(self) -> None:
        self._write("[]\n" if self._before == "[\n" else "\n]\n")


def _json(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


_WRITERS: dict[str, Callable[[Write], Writer]] = {"csv": _Csv, "json": _Json, "jsonl": _JsonLines}
