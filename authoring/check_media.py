"""The files that steps show: they are there, inside the programme's media folder, and such as Telegram takes."""

import os
from collections.abc import Iterator
from pathlib import Path

from authoring.findings import did_you_mean
from authoring.outline import FlowFile, Step
from authoring.yaml12 import Node
from flow.question.model import MEDIA_KINDS
from media.kinds import check_media as check_kind
from media.kinds import fits, kind_of
from media.paths import MediaPathError, is_address, resolve_media

MOST_FILES = 2_000  # among which a near name is looked for


def check_media(folder: Path, flow: FlowFile, verdicts: dict[tuple[str, str], str | None]) -> None:
    """Add what is wrong with the media of one flow to its file's findings; `verdicts` remembers files already looked at."""
    for step in flow.steps:
        for kind, node in media_of(step):
            key = (kind, node.value)
            if key not in verdicts:
                verdicts[key] = _judge(folder, kind, node.value)
            words = verdicts[key]
            if words:
                flow.file.add(node, words)


def media_of(step: Step) -> Iterator[tuple[str, Node]]:
    """Every file that a step shows, with the kind it is shown as; addresses of the web are not looked at."""
    for key in step.node.keys:
        node = step.text(key)
        if node is not None and key.partition("::")[0] in MEDIA_KINDS:
            yield from _local(key.partition("::")[0], node)
    for item in step.items("album"):
        yield from _local(_kind_in_album(str(item.value)), item)
    for choice in step.items("choices"):
        if "image" in choice.children:
            yield from _local("image", choice.children["image"])


def _local(kind: str, node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, str) and not is_address(node.value):
        yield kind, node


def _kind_in_album(name: str) -> str:
    return "video" if Path(name).suffix.lower() in (".mp4", ".mov", ".m4v", ".webm") else "image"


def _judge(folder: Path, kind: str, name: str) -> str | None:
    try:
        path = resolve_media(folder, name)
    except MediaPathError as error:
        return f"{error}{_nearest(folder / 'media', name)}"
    words = check_kind(kind, path)
    return f"{words}; write {kind_of(name)}: {name}" if words and not fits(kind, name) else words


def _nearest(place: Path, name: str) -> str:
    """The file that was meant: one of the same name in another folder, else one of nearly that name."""
    there = [path for path in _names_in(place) if path != name]
    same = [path for path in there if Path(path).name.lower() == Path(name).name.lower()]
    return f"; did you mean {same[0]}?" if same else did_you_mean(name, there)


def _names_in(place: Path) -> list[str]:
    """The files below media/, as a step names them."""
    paths = [Path(folder, file) for folder, _, files in os.walk(place) for file in files]
    return sorted(path.relative_to(place).as_posix() for path in paths)[:MOST_FILES]
