"""Files on the disk, read and written without ever holding up the loop. The one home of aiofiles.

`find` is for the programmes' media (below root/programme/media); `write` and `delete` keep what people send, at a place below
root that the caller names. Two separate bounds hold open files down: readers wait for slow uploads, looking up never does.
"""

import asyncio
import hashlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

import aiofiles
import aiofiles.os
from cachetools import LRUCache

from media.kinds import mime_of
from media.paths import MediaPathError, resolve_media
from utils.performance import monitor_performance, performance_monitor

PIECE_BYTES = 262_144  # read and sent at once: with a quarter of it each megabyte costs the event loop twice as much
LARGE_BYTES = 1_000_000  # files above it take turns in what would take a core
REST = 7  # times as long as hashing a piece took: an eighth of a core at most, and less of a busy one
MOST_OPEN = 64  # descriptors for reading and writing; a process has 1,024 by default and the network wants most of them
MOST_HASHED = 4  # files being hashed at once, and one large one beside them
MOST_DIGESTS = 4_096  # remembered, those longest unused go first
PRIVATE = 0o600  # people's files are for nobody else on this machine

_Key = tuple[str, int, int]  # path, mtime_ns, size


class MissingMedia(Exception):
    """There is no such file (any more), or not as it was found. `path` is what was asked for."""

    def __init__(self, path: str | Path, why: str = "is not there") -> None:
        super().__init__(f"{path} {why}")
        self.path = path


class TooLarge(Exception):
    """More bytes came than were allowed; nothing was kept."""

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(f"{path} would have more than {limit} bytes")
        self.path, self.limit = path, limit


@dataclass(frozen=True, slots=True)
class File:
    """A file that is there: its size in bytes, its MIME type, and the digest of its content in hex (BLAKE2b, 256 bits)."""

    path: Path
    name: str
    size: int
    mime: str
    digest: str


class Library:
    """All files below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._digests: LRUCache[_Key, str] = LRUCache(MOST_DIGESTS)
        self._open = asyncio.Semaphore(MOST_OPEN)
        self._hashing, self._hashing_large = asyncio.Semaphore(MOST_HASHED), asyncio.Semaphore(1)

    async def find(self, programme: str, relative: str) -> File:
        """The file `relative` of a programme's media folder. Raises MissingMedia, also for a name that leads out of there."""
        path, stat, mime = await self._look(programme, relative)
        key = (str(path), stat.st_mtime_ns, stat.st_size)
        digest = self._digests.get(key) or await self._hash(key)
        return File(path, path.name, stat.st_size, mime, digest)

    async def read(self, file: File) -> AsyncIterator[bytes]:
        """Its content in pieces of at most PIECE_BYTES. Raises MissingMedia when it is gone or has another size by now.

        Counted as one `media.read`, with the time that the disk took, not that of whoever takes the pieces.
        """
        spent, failed, begun = 0.0, True, perf_counter()
        try:
            async with self._open, aiofiles.open(file.path, "rb") as content:
                if (await asyncio.to_thread(os.fstat, content.fileno())).st_size != file.size:
                    raise MissingMedia(file.path, "has changed since it was found")
                while piece := await content.read(PIECE_BYTES):
                    spent += perf_counter() - begun
                    yield piece
                    begun = perf_counter()
            failed = False
        except OSError as error:
            raise MissingMedia(file.path, f"can't be read: {error.strerror}") from error
        except (GeneratorExit, asyncio.CancelledError):  # the taker went away, which is no fault of the file
            failed = False
            raise
        finally:
            performance_monitor.record("media.read", spent, error=failed)

    @monitor_performance("media.write")
    async def write(self, path: Path, pieces: AsyncIterator[bytes], limit: int | None = None) -> File:
        """Keep a file at `path` (below root): written aside, forced to the disk, then renamed, so that it is whole or not there.

        Replaces what was there. Raises MediaPathError for a path that leads out of root, TooLarge above `limit` bytes, OSError.
        A crash can leave a hidden `*.part` beside it.
        """
        target = await asyncio.to_thread(self._below, path)
        await aiofiles.os.makedirs(target.parent, exist_ok=True)
        aside = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            async with self._open:
                size, digest = await _write_aside(aside, pieces, path, limit)
            await aiofiles.os.replace(aside, target)
        except BaseException:  # also when cancelled: nothing half stays
            await asyncio.to_thread(aside.unlink, missing_ok=True)
            raise
        await asyncio.to_thread(_sync_folder, target.parent)
        return File(target, target.name, size, await asyncio.to_thread(mime_of, target.name), digest)

    @monitor_performance("media.delete")
    async def delete(self, path: Path) -> None:
        """Remove a file, or a folder with all in it; nothing there is fine. Raises MediaPathError for root and what is outside."""
        await asyncio.to_thread(self._remove, path)

    @monitor_performance("media.find")
    async def _look(self, programme: str, relative: str) -> tuple[Path, os.stat_result, str]:
        return await asyncio.to_thread(self._locate, programme, relative)

    def _locate(self, programme: str, relative: str) -> tuple[Path, os.stat_result, str]:
        if programme in ("", ".", "..") or Path(programme).name != programme:
            raise MissingMedia(programme, "is no programme's name")
        try:
            path = resolve_media(self._root / programme, relative)
            return path, path.stat(), mime_of(path.name)  # the table of rarer kinds is read from the disk
        except (MediaPathError, OSError) as error:
            raise MissingMedia(f"{programme}/media/{relative}") from error

    async def _hash(self, key: _Key) -> str:
        """Look again inside the bound: of a hundred people who wait for the same new file, at most four hash it."""
        async with self._hashing_large if key[2] > LARGE_BYTES else self._hashing:
            if digest := self._digests.get(key):
                return digest
            try:
                digest = self._digests[key] = await self._hash_now(key[0])
            except OSError as error:
                raise MissingMedia(key[0], f"can't be read: {error.strerror}") from error
            return digest

    @monitor_performance("media.hash")
    async def _hash_now(self, path: str) -> str:
        """Without the wait for one's turn, which is no fault of the disk."""
        return await asyncio.to_thread(_digest, path)

    def _below(self, path: Path) -> Path:
        root = self._root.resolve()
        target = (root / path).resolve()
        if target == root or not target.is_relative_to(root):
            raise MediaPathError(f"{path} leads out of {self._root}")
        return target

    def _remove(self, path: Path) -> None:
        target = self._below(path)
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)


async def _write_aside(aside: Path, pieces: AsyncIterator[bytes], path: Path, limit: int | None) -> tuple[int, str]:
    size, digest = 0, _begin_digest()
    async with aiofiles.open(aside, "xb", opener=_open_private) as file:
        async for piece in pieces:
            size += len(piece)
            if limit is not None and size > limit:
                raise TooLarge(path, limit)
            digest.update(piece)
            await file.write(piece)
        await file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    return size, digest.hexdigest()


def _begin_digest() -> hashlib.blake2b:
    """Half the time of sha256 where the processor has no instructions for that."""
    return hashlib.blake2b(digest_size=32)


def _digest(path: str) -> str:
    """In a thread, with rests. A new film would take a core for a tenth of a second, and on a small machine replies need that."""
    digest = _begin_digest()
    with Path(path).open("rb") as content:
        while piece := content.read(PIECE_BYTES):
            begun = perf_counter()
            digest.update(piece)
            sleep(REST * (perf_counter() - begun))
    return digest.hexdigest()


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE)


def _sync_folder(folder: Path) -> None:
    """A rename is durable only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
