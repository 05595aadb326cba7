"""The folder of a programme's media, and a guard that no name leads out of it."""

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)


class MediaPathError(ValueError):
    """The name is none that a file in the media folder can have, or there is no such file. Its words are for the author."""


def is_address(source: str) -> bool:
    """Whether this is an http(s) address and no file of ours."""
    return _ADDRESS.match(source) is not None


def resolve_media(folder: Path, name: str) -> Path:
    """The file `name` below `folder`/media, links resolved; `folder` is the programme's. Reads the disk (blocking).

    Raises MediaPathError for an empty or absolute name, one with `..` or a backslash, or one that is no file. Also for a link that
    leads out of the media folder, even if that folder itself is one.
    """
    _check_name(name)
    inside = folder.resolve() / "media"
    try:
        path = (inside / name).resolve()
        there = path.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # too long, links in a circle, no text that a disk can hold
        raise MediaPathError(f"{name[:60]!r} can't be followed: {error}") from error
    if not path.is_relative_to(inside):
        raise MediaPathError(f"{name} is a link out of the media folder")
    if not there:
        raise MediaPathError(f"{name} is not in media/")
    return path


def _check_name(name: str) -> None:
    if not name.strip():
        raise MediaPathError(f"{name[:60]!r} is no file's name")
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or "\\" in name:
        raise MediaPathError(f"{name} must be a path below media/, written with /")
    if ".." in PurePosixPath(name).parts:
        raise MediaPathError(f"{name} leads out of the media folder")
