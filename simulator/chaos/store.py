"""The database's troubles in a chaos run: on SQLite beside and below the bot's store, on MongoDB on the wire to the server."""

import asyncio
import contextlib
import json
import resource
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from simulator.actors.mongo_proxy import MongoProxy
from simulator.chaos.diary import Diary
from simulator.chaos.plan import CUTS, FAILS, SLOW, StoreTrouble


class StoreFaults(Protocol):
    """`arguments` and `uri` are what the bot is started with; `uri` is empty on SQLite."""

    arguments: list[str]

    @property
    def uri(self) -> str: ...

    async def start(self) -> None:
        """Before the bot is started."""

    async def stop(self) -> None:
        """When nobody needs the database any more."""

    def begin(self, pid: int) -> None:
        """Another process of the bot has begun, which lives with what is wrong just now."""

    def switch(self, kind: str, on: bool) -> None:
        """One of `StoreTrouble`'s kinds."""


class SqliteFaults:
    """The bot's faulty store follows a file (`trials/run.py --store-faults`). SQLite meets a full disk for real: the process may
    not write another byte into any file."""

    def __init__(self, folder: Path) -> None:
        self.uri = ""
        self._path = folder / "store-faults.json"
        self.arguments = ["--store-faults", str(self._path)]
        self._on: set[str] = set()
        self._pid = 0

    async def start(self) -> None:
        """All is well so far."""
        self._write()

    async def stop(self) -> None:
        """There is nothing to end."""

    def begin(self, pid: int) -> None:
        self._pid = pid
        if "full" in self._on:
            limit_files(pid, True)

    def switch(self, kind: str, on: bool) -> None:
        (self._on.add if on else self._on.discard)(kind)
        if kind == "full" and self._pid:
            limit_files(self._pid, on)
        else:
            self._write()

    def _write(self) -> None:
        """Aside, then renamed, so that the bot never reads a half."""
        shares = {"cuts": CUTS, "fails": FAILS, "seconds": SLOW}
        names = {"cuts": "cuts", "fails": "fails", "slow": "seconds"}
        wrong = {field: shares[field] for kind, field in names.items() if kind in self._on}
        aside = self._path.with_suffix(".new")
        aside.write_text(json.dumps({"away": "away" in self._on, **wrong}), encoding="utf-8")
        aside.replace(self._path)


class MongoFaults:
    """A wire of our own to the server at `uri`. Raises ValueError for an address that no wire can be laid to."""

    def __init__(self, uri: str, seed: int) -> None:
        self._proxy = MongoProxy(uri, seed)
        self.arguments: list[str] = []

    @property
    def uri(self) -> str:
        return self._proxy.uri

    async def start(self) -> None:
        await self._proxy.start()

    async def stop(self) -> None:
        await self._proxy.stop()

    def begin(self, pid: int) -> None:
        """The wire is the same for every process."""

    def switch(self, kind: str, on: bool) -> None:
        match kind:
            case "away" | "full":
                self._proxy.away = on
            case "cuts":
                self._proxy.cuts = CUTS if on else 0.0
            case "slow":
                self._proxy.seconds = SLOW if on else 0.0
            case "fails" if on:
                self._proxy.cut_connections()


def limit_files(pid: int, full: bool) -> None:
    """Let a process write no byte into files any more, or again as many as it likes (Linux). One that has gone is fine."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0 if full else hard, hard))


async def play_store(faults: StoreFaults, troubles: Iterable[StoreTrouble], diary: Diary) -> None:
    """Switch every trouble on and off at its time; none is left when this ends or is cancelled."""
    try:
        async with asyncio.TaskGroup() as group:
            for trouble in troubles:
                group.create_task(_play_one(faults, trouble, diary))
    finally:
        for kind in {trouble.kind for trouble in troubles}:
            faults.switch(kind, False)


async def _play_one(faults: StoreFaults, trouble: StoreTrouble, diary: Diary) -> None:
    await asyncio.sleep(trouble.at)
    faults.switch(trouble.kind, True)
    diary.note("database", f"{trouble.kind} begins")
    await asyncio.sleep(trouble.seconds)
    faults.switch(trouble.kind, False)
    diary.note("database", f"{trouble.kind} ends")
