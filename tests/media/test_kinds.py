"""Which file can stand for which kind, and what is wrong with one."""

import io

import pytest
from PIL import Image

from media.kinds import MAX_BYTES, check_media, extensions, fits, kind_of, mime_of

KINDS = ("image", "video", "audio", "voice", "animation", "file")


def picture(format):
    content = io.BytesIO()
    Image.new("RGB", (2, 2)).save(content, format)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "kind", "mime"),
    [
        ("sea.jpg", "image", "image/jpeg"),
        ("deep/Sea.PNG", "image", "image/png"),
        ("a.b.webp", "image", "image/webp"),
        ("breath.mp4", "video", "video/mp4"),
        ("bell.mp3", "audio", "audio/mpeg"),
        ("hello.ogg", "voice", "audio/ogg"),
        ("wave.gif", "animation", "image/gif"),
        ("sheet.pdf", "file", "application/pdf"),
        ("notes.docx", "file", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("README", "file", "application/octet-stream"),
        (".jpg", "file", "application/octet-stream"),
    ],
)
def test_the_name_tells_kind_and_type(name, kind, mime):
    """By the extension, whichever its case."""
    assert (kind_of(name), mime_of(name)) == (kind, mime)


def test_every_kind_takes_its_own_extensions_and_file_takes_any():
    """And each has a limit; a sound file may be a voice message as well, a video an animation."""
    assert set(MAX_BYTES) == set(KINDS)
    for kind in KINDS:
        for extension in extensions(kind):
            assert fits(kind, f"x{extension.upper()}")
            assert fits("file", f"x{extension}")
            assert mime_of(f"x{extension}") != "application/octet-stream"
    assert fits("voice", "x.mp3")
    assert fits("animation", "x.mp4")
    assert not fits("image", "x.gif")
    assert not fits("video", "x")
    with pytest.raises(KeyError):
        fits("hologram", "x.jpg")


@pytest.mark.parametrize(("format", "name"), [("JPEG", "a.jpeg"), ("PNG", "a.png"), ("WEBP", "a.webp"), ("PNG", "named-so.jpg")])
def test_a_picture_is_fine(tmp_path, format, name):
    """Also under another picture's extension: Telegram looks at the content."""
    path = tmp_path / name
    path.write_bytes(picture(format))
    assert check_media("image", path) is None


@pytest.mark.parametrize(
    ("kind", "name", "content", "words"),
    [
        ("image", "a.png", b"<html>not found</html>", "a.png is not a JPEG, PNG or WebP picture, whatever its name says"),
        ("image", "a.png", b"\x89PN", "a.png is not a JPEG, PNG or WebP picture, whatever its name says"),
        ("image", "a.gif", b"GIF89a", "a.gif can't be shown as image, which takes .jpg, .jpeg, .png, .webp"),
        ("file", "a.pdf", b"", "a.pdf is empty"),
        ("audio", "a.mp4", b"x", "a.mp4 can't be shown as audio, which takes .mp3, .m4a, .flac, .wav"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, kind, name, content, words):
    """In words for the author."""
    path = tmp_path / name
    path.write_bytes(content)
    assert check_media(kind, path) == words


@pytest.mark.parametrize(("kind", "name", "most"), [("image", "a.png", 10), ("video", "a.mp4", 50), ("file", "a.zip", 50)])
def test_too_large(tmp_path, kind, name, most):
    """One byte decides."""
    path = tmp_path / name
    path.write_bytes(picture("PNG"))
    with path.open("r+b") as file:
        file.truncate(most * 10**6)
        assert check_media(kind, path) is None
        file.truncate(most * 10**6 + 1)
    assert check_media(kind, path) == f"{name} has {most:.1f} MB; Telegram takes at most {most} MB as {kind}"


def test_a_file_that_is_not_there(tmp_path):
    """No exception, words."""
    assert check_media("image", tmp_path / "a.png") == "a.png can't be read: No such file or directory"
