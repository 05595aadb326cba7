"""Files that hold people's words: for their owner alone, whatever the umask was when they were made."""

import logging
import os
import stat
from pathlib import Path

logger = logging.getLogger("waymark.files")

FOR_ALL = stat.S_IRWXG | stat.S_IRWXO


def make_private(*paths: Path) -> None:
    """Each that is there and wider than its owner's is mended, or told of where it is not ours. Raises OSError."""
    for path in paths:
        try:
            seen = path.stat()
        except FileNotFoundError:
            continue
        if not seen.st_mode & FOR_ALL:
            continue
        if hasattr(os, "getuid") and seen.st_uid != os.getuid():
            logger.warning("%s can be read by others on this machine, and belongs to somebody else: chmod go= %s", path, path)
            continue
        path.chmod(seen.st_mode & ~FOR_ALL)
        logger.warning("%s could be read by others on this machine; now it is yours alone", path)


def make_private_folder(path: Path) -> None:
    """The folder, made for its owner alone where it is missing. Raises OSError."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
