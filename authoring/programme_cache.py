"""Programmes that were checked at an earlier start and have not changed since: kept as plain JSON, neither read nor checked again.

Unchanged means: the same bytes in every YAML file, the same media files (size, times, number on the disk), the same checking code
and packages. A programme with a link in its folder is never kept, since what a link leads to may change unseen.

A file that others may write is not read: they could put words into the bot's mouth. A fault of the file or of an entry is told at
DEBUG; then the programme is read and checked as ever.
"""

import hashlib
import json
import logging
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pydantic

from authoring.findings import Finding, shown_path
from authoring.folders import Loaded, find_folders
from flow.programme import Programme

logger = logging.getLogger("waymark.kept")

CODE = ("authoring", "flow", "media")  # the code that decides whether a programme is right, and makes it
FILE = "programmes.json"  # in the folder for data


def load_unchanged(folder: Path, file: Path) -> Loaded:
    """The result of `load_programmes(folder, compiled=False)`, from `file` where nothing has changed; anything new is kept
    there."""
    folders, findings = find_folders(folder)
    before = _read(file)
    programmes: dict[str, Programme] = {}
    entries: dict[str, Any] = {}
    for place in folders:
        key = fingerprint(place)
        entry = before.get(place.name)
        taken = _take(place, entry) if key and entry and entry.get("key") == key else None
        programme, found = taken or _load(place)
        findings += found
        if programme is not None:
            programmes[place.name] = programme
            if taken:
                entries[place.name] = entry
            elif key and key == fingerprint(place):  # not one that was written just then
                entries[place.name] = _make_entry(key, programme, found)
    if entries != before:
        _write(file, entries)
    return Loaded(programmes, findings)


def _load(place: Path) -> tuple[Programme | None, list[Finding]]:
    from authoring.load import load_programme  # here, so that a start with nothing new does without YAML and all checks

    return load_programme(place, compiled=False)


def fingerprint(place: Path) -> str:
    """Of all that the checks of a programme look at, and of who looks; '' when that can't be told."""
    try:
        known = hashlib.sha256(_fingerprint_code())
        for path in _list_files(place):
            if path.parent == place:
                said = path.read_bytes()
                known.update(repr((path.name, len(said))).encode() + said)
            else:
                seen = path.stat()
                size = (seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino, seen.st_mode)
                known.update(repr((path.relative_to(place).parts, size)).encode())
    except OSError as error:
        logger.debug("%s is read anew: %s", place.name, error)
        return ""
    return known.hexdigest()


@cache
def _fingerprint_code() -> bytes:
    """Of our code and of every installed package: pip names the folders of its notes after package and version."""
    packages = sorted(path.name for path in Path(pydantic.__file__).parents[1].iterdir())
    known = hashlib.sha256(repr((sys.version, packages)).encode())
    for folder in CODE:
        for path in sorted((Path(__file__).parents[1] / folder).rglob("*.py")):
            known.update(path.name.encode() + path.read_bytes())
    return known.digest()


def _list_files(place: Path) -> Iterator[Path]:
    """The YAML files and all below media/, in order. Raises OSError, also for a link."""
    for one in _list(place):
        path = Path(one.path)
        if path.suffix in (".yaml", ".yml"):
            yield path
        elif one.name == "media":
            yield from _walk(path)


def _walk(place: Path) -> Iterator[Path]:
    for one in _list(place):
        if one.is_dir():
            yield from _walk(Path(one.path))
        else:
            yield Path(one.path)


def _list(place: Path) -> list["os.DirEntry[str]"]:
    with os.scandir(place) as there:
        found = sorted(there, key=lambda one: one.name)
    for one in found:
        if one.is_symlink():
            raise OSError(f"{one.name} is a link")
    return found


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            seen = os.fstat(stream.fileno())
            if seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or (hasattr(os, "getuid") and seen.st_uid != os.getuid()):
                raise ValueError("others may write it")
            entries = json.load(stream)
        if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
            raise ValueError("it holds something else")
    except (OSError, ValueError, RecursionError) as error:
        logger.debug("%s is not used: %s", file, error)
        return {}
    return entries


def _write(file: Path, entries: Mapping[str, Any]) -> None:
    """Aside, then renamed, so that nobody ever reads half of it."""
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside.unlink(missing_ok=True)
        aside.touch(0o600)
        aside.write_text(json.dumps(entries), encoding="utf-8")
        aside.replace(file)
    except OSError as error:
        logger.debug("%s is not kept: %s", file, error)
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def _make_entry(key: str, programme: Programme, findings: list[Finding]) -> dict[str, Any]:
    told = [(Path(one.path).name, one.line, one.column, one.level, one.words) for one in findings]  # a path depends on where we are
    return {"key": key, "digest": programme.digest, "source": programme.source, "findings": told}


def _take(place: Path, entry: Mapping[str, Any]) -> tuple[Programme, list[Finding]] | None:
    try:
        programme = Programme.load(entry["source"], compiled=False)
        if programme.digest != entry["digest"]:
            raise ValueError("its digest is another one")
        findings = [Finding(shown_path(place / name), *rest) for name, *rest in entry["findings"]]
    except (KeyError, TypeError, ValueError) as error:  # pydantic's errors among them
        logger.debug("what is kept of %s is not used: %s", place.name, type(error).__name__)
        return None
    return programme, findings
