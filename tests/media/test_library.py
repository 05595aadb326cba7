"""Files are found, read and kept whole, never on the loop, never outside their place."""

import asyncio
import hashlib
import os
import stat
from pathlib import Path

import pytest

from media import library as module
from media.library import PIECE_BYTES, Library, MissingMedia, TooLarge
from media.paths import MediaPathError
from utils.performance import performance_monitor

CONTENT = bytes(range(256)) * 3900  # nearly four pieces


@pytest.fixture
def root(tmp_path):
    """Programmes, one with a picture."""
    (tmp_path / "calm/media/deep").mkdir(parents=True)
    (tmp_path / "calm/media/deep/sea.jpg").write_bytes(CONTENT)
    (tmp_path / "secret.txt").write_text("x")
    return tmp_path


@pytest.fixture
def library(root):
    """Over that place."""
    performance_monitor.reset()
    return Library(root)


async def pieces_of(*pieces):
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


def digest_of(content):
    return hashlib.blake2b(content, digest_size=32).hexdigest()


def names_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def in_thread(function, *arguments):
    return await asyncio.to_thread(function, *arguments)


async def test_a_file_is_found_with_all_that_sending_needs(library, root):
    """Path, name, size, MIME type, digest of the content."""
    file = await library.find("calm", "deep/sea.jpg")
    assert (file.path, file.name, file.size, file.mime) == (root / "calm/media/deep/sea.jpg", "sea.jpg", len(CONTENT), "image/jpeg")
    assert file.digest == digest_of(CONTENT)


async def test_it_is_read_in_pieces(library):
    """Of at most PIECE bytes, which together are the file; one `media.read`, however many pieces."""
    file = await library.find("calm", "deep/sea.jpg")
    pieces = [piece async for piece in library.read(file)]
    assert [len(piece) for piece in pieces] == [PIECE_BYTES, PIECE_BYTES, PIECE_BYTES, len(CONTENT) - 3 * PIECE_BYTES]
    assert b"".join(pieces) == CONTENT
    stats = performance_monitor.get_stats()
    assert (stats["media.read"]["count"], stats["media.read"]["errors"], stats["media.find"]["count"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("programme", "relative"),
    [
        ("calm", "sky.jpg"),
        ("calm", "../programme.yaml"),
        ("calm", "/etc/passwd"),
        ("calm", "deep"),
        ("none", "sea.jpg"),
        ("..", "sea.jpg"),
        ("", "sea.jpg"),
        ("calm/media", "sea.jpg"),
    ],
)
async def test_what_is_not_there_or_outside_is_missing(library, programme, relative):
    """One exception for all, which names what was asked for."""
    with pytest.raises(MissingMedia) as caught:
        await library.find(programme, relative)
    assert str(caught.value.path) in (programme, f"{programme}/media/{relative}")


async def test_a_digest_is_computed_once_for_the_same_file(library, monkeypatch):
    """Time and size of the file stand for its content."""
    opened = []
    original = module._digest
    monkeypatch.setattr(module, "_digest", lambda path: opened.append(path) or original(path))
    found = await asyncio.gather(*(library.find("calm", "deep/sea.jpg") for _ in range(50)))
    await library.find("calm", "deep/sea.jpg")
    assert len(set(found)) == 1
    assert 1 <= len(opened) <= module.MOST_HASHED


async def test_large_files_are_hashed_one_by_one_and_small_ones_pass_them(library, root, monkeypatch):
    """Hashing takes a core; a picture does not wait for films."""
    under_way, most, small = set(), [], asyncio.Event()
    loop, original = asyncio.get_running_loop(), module._digest

    def digest(path):
        if path.endswith(".mp4"):
            under_way.add(path)
            most.append(len(under_way))
            asyncio.run_coroutine_threadsafe(small.wait(), loop).result()
            under_way.discard(path)
        return original(path)

    for number in range(3):
        await in_thread((root / f"calm/media/{number}.mp4").write_bytes, bytes(module.LARGE_BYTES + 1 + number))
    monkeypatch.setattr(module, "_digest", digest)
    films = [asyncio.create_task(library.find("calm", f"{number}.mp4")) for number in range(3)]
    while not most:
        await asyncio.sleep(0.001)
    await library.find("calm", "deep/sea.jpg")
    small.set()
    found = await asyncio.gather(*films)
    assert most == [1, 1, 1]
    assert [file.digest for file in found] == [digest_of(bytes(file.size)) for file in found]


async def test_changed_content_has_another_digest(library, root):
    """Even of the same size; what was found before can't be read under its old size."""
    path = root / "calm/media/deep/sea.jpg"
    before = await library.find("calm", "deep/sea.jpg")
    await in_thread(path.write_bytes, CONTENT[::-1])
    await in_thread(os.utime, path, (1, 1))
    same_size = await library.find("calm", "deep/sea.jpg")
    await in_thread(path.write_bytes, b"short")
    short = await library.find("calm", "deep/sea.jpg")
    assert len({before.digest, same_size.digest, short.digest}) == 3
    assert short.digest == digest_of(b"short")
    with pytest.raises(MissingMedia, match="has changed"):
        [piece async for piece in library.read(before)]
    await in_thread(path.unlink)
    with pytest.raises(MissingMedia, match="can't be read"):
        [piece async for piece in library.read(short)]
    assert performance_monitor.get_stats()["media.read"]["errors"] == 2


async def test_remembered_digests_are_bounded(library, root, monkeypatch):
    """Those longest unused go."""
    monkeypatch.setattr(module, "MOST_DIGESTS", 3)
    small = Library(root)
    for number in range(10):
        await in_thread((root / f"calm/media/{number}.txt").write_bytes, str(number).encode())
        await small.find("calm", f"{number}.txt")
    assert len(small._digests) == 3


async def test_open_files_are_bounded(library, root, monkeypatch):
    """Readers beyond wait; nothing found or hashed waits for them."""
    monkeypatch.setattr(module, "MOST_OPEN", 2)
    small = Library(root)
    file = await small.find("calm", "deep/sea.jpg")
    readers = [small.read(file) for _ in range(3)]
    first = [await anext(reader) for reader in readers[:2]]
    third = asyncio.create_task(anext(readers[2]))
    await asyncio.sleep(0.02)
    assert not third.done()
    await in_thread((root / "calm/media/new.txt").write_bytes, b"new")
    assert (await small.find("calm", "new.txt")).size == 3
    await readers[0].aclose()
    assert await third == first[0] == first[1]
    await readers[1].aclose()
    await readers[2].aclose()
    assert performance_monitor.get_stats()["media.read"]["errors"] == 0


async def test_a_written_file_is_there_whole_and_private(library, root):
    """Its folders are made; what was there is replaced; nothing else stays."""
    await library.write(Path("people/7/voice.ogg"), pieces_of(b"old"))
    file = await library.write(Path("people/7/voice.ogg"), pieces_of(b"new ", b"words"))
    assert (file.path, file.size, file.mime) == (root / "people/7/voice.ogg", 9, "audio/ogg")
    assert file.digest == digest_of(b"new words")
    assert await in_thread(file.path.read_bytes) == b"new words"
    assert stat.S_IMODE((await in_thread(file.path.stat)).st_mode) == 0o600
    assert await in_thread(names_in, root / "people") == ["7", "7/voice.ogg"]


@pytest.mark.parametrize("broken", ["raises", "too large", "cancelled"])
async def test_a_write_that_breaks_off_changes_nothing(library, root, broken):
    """The old file stays as it was and nothing lies beside it."""
    place = Path("people/7/voice.ogg")
    await library.write(place, pieces_of(b"old"))
    begun = asyncio.Event()

    async def endless():
        yield b"new"
        if broken == "raises":
            raise ConnectionError("gone")
        begun.set()
        await asyncio.Event().wait()

    if broken == "too large":
        with pytest.raises(TooLarge):
            await library.write(place, pieces_of(b"123", b"456"), limit=5)
    elif broken == "raises":
        with pytest.raises(ConnectionError):
            await library.write(place, endless())
    else:
        task = asyncio.create_task(library.write(place, endless()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await in_thread((root / place).read_bytes) == b"old"
    assert await in_thread(names_in, root / "people") == ["7", "7/voice.ogg"]


async def test_the_limit_itself_is_allowed(library):
    """Five bytes fit in five."""
    assert (await library.write(Path("x/a"), pieces_of(b"12345"), limit=5)).size == 5


async def test_delete(library, root):
    """A file, a folder with all in it, nothing at all."""
    for name in ("people/7/a.ogg", "people/7/b.ogg", "people/8/a.ogg"):
        await library.write(Path(name), pieces_of(b"x"))
    await library.delete(Path("people/7/a.ogg"))
    assert await in_thread(names_in, root / "people") == ["7", "7/b.ogg", "8", "8/a.ogg"]
    await library.delete(Path("people/7"))
    await library.delete(Path("people/7"))
    assert await in_thread(names_in, root / "people") == ["8", "8/a.ogg"]


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", ".", "people/../.."])
async def test_nothing_is_written_or_deleted_outside(library, path):
    """Nor root itself."""
    with pytest.raises(MediaPathError):
        await library.write(Path(path), pieces_of(b"x"))
    with pytest.raises(MediaPathError):
        await library.delete(Path(path))
