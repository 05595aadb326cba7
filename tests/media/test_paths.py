"""No name leads out of a programme's media folder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.paths import MediaPathError, is_address, resolve_media


@pytest.fixture
def folder(tmp_path):
    """A programme's folder with media, and a secret beside it."""
    place = tmp_path / "calm"
    (place / "media/deep").mkdir(parents=True)
    (place / "media/sea.jpg").write_bytes(b"x")
    (place / "media/deep/bell.mp3").write_bytes(b"x")
    (place / "media/с морем.jpg").write_bytes(b"x")
    (place / "programme.yaml").write_text("x")
    (tmp_path / "secret.txt").write_text("x")
    return place


@pytest.mark.parametrize("name", ["sea.jpg", "deep/bell.mp3", "./sea.jpg", "deep//bell.mp3", "с морем.jpg"])
def test_files_inside(folder, name):
    """In folders, too, and in any script."""
    path = resolve_media(folder, name)
    assert path.is_file()
    assert path.is_relative_to(folder / "media")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../programme.yaml", "leads out of the media folder"),
        ("deep/../sea.jpg", "leads out of the media folder"),
        ("..", "leads out of the media folder"),
        ("/etc/passwd", "must be a path below media/"),
        ("C:/x.jpg", "must be a path below media/"),
        ("..\\secret.txt", "must be a path below media/"),
        ("", "is no file's name"),
        (" ", "is no file's name"),
        ("sky.jpg", "sky.jpg is not in media/"),
        ("deep", "deep is not in media/"),
        ("sea.jpg/x", "is not in media/"),
        ("sea\0.jpg", "can't be followed"),
        ("\ud800.jpg", "can't be followed"),
        ("x" * 5000, "can't be followed"),
    ],
)
def test_what_is_refused(folder, name, words):
    """Each with its reason."""
    with pytest.raises(MediaPathError) as caught:
        resolve_media(folder, name)
    assert words in str(caught.value)


def test_links(folder, tmp_path):
    """Inside they are followed; out of the folder, or in a circle, they are refused."""
    media = folder / "media"
    (media / "same.jpg").symlink_to("sea.jpg")
    (media / "out.txt").symlink_to(tmp_path / "secret.txt")
    (media / "head.yaml").symlink_to("../programme.yaml")
    (media / "up").symlink_to(tmp_path)
    (media / "round").symlink_to("round")
    assert resolve_media(folder, "same.jpg").name == "sea.jpg"
    for name in ("out.txt", "head.yaml", "up/secret.txt"):
        with pytest.raises(MediaPathError, match="is a link out of the media folder"):
            resolve_media(folder, name)
    with pytest.raises(MediaPathError):
        resolve_media(folder, "round")


def test_a_media_folder_that_is_a_link_out(folder, tmp_path):
    """It would make all of another place readable."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "media").symlink_to(tmp_path)
    with pytest.raises(MediaPathError, match="link out"):
        resolve_media(other, "secret.txt")


def test_a_programme_reached_by_a_link(folder, tmp_path):
    """Where the programmes' folder itself lies is the operator's business."""
    (tmp_path / "linked").symlink_to(folder)
    assert resolve_media(tmp_path / "linked", "sea.jpg").is_file()


@given(st.text(alphabet="./\\ax \0é:~", max_size=12))
def test_whatever_is_typed(tmp_path_factory, name):
    """A file below media, or MediaPathError; never another exception, never another place."""
    folder = tmp_path_factory.getbasetemp() / "typed"
    (folder / "media").mkdir(parents=True, exist_ok=True)
    (folder / "media/a").write_text("x")
    (folder / "a").write_text("x")
    try:
        path = resolve_media(folder, name)
    except MediaPathError:
        return
    assert path == (folder / "media/a").resolve()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("https://example.org/sea.jpg", True),
        ("HTTP://example.org", True),
        ("https://", False),
        ("ftp://example.org/sea.jpg", False),
        ("sea.jpg", False),
        ("file:///etc/passwd", False),
    ],
)
def test_addresses(source, expected):
    """Of the web, by http or https."""
    assert is_address(source) is expected
