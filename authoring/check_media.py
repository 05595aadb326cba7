"""The files that steps show: they are there, inside the programme's media folder, and such as Telegram takes."""

import re
from collections.abc import Iterator
from pathlib import Path

from media.kinds import check_media as check_kind
from media.paths import MediaPathError, resolve_media

from authoring.findings import did_you_mean
from authoring.outline import FlowFile, Step
from authoring.yaml12 import Node

KINDS = ("image", "video", "audio", "voice", "animation", "file")
ADDRESS = re.compile(r"https?://", re.IGNORECASE)


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
        if node is not None and key.partition("::")[0] in KINDS:
            yield from _local(key.partition("::")[0], node)
    for item in step.items("album"):
        yield from _local(_kind_in_album(str(item.value)), item)
    for choice in step.items("choices"):
        if "image" in choice.children:
            yield from _local("image", choice.children["image"])


def _local(kind: str, node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, str) and not ADDRESS.match(node.value):
        yield kind, node


def _kind_in_album(name: str) -> str:
    return "video" if Path(name).suffix.lower() in (".mp4", ".mov", ".m4v", ".webm") else "image"


def _judge(folder: Path, kind: str, name: str) -> str | None:
    try:
        path = resolve_media(folder, name)
    except MediaPathError as error:
        return _explain(folder, name, error)
    except (OSError, ValueError) as error:
        return f"{name[:60]!r} is no file's name: {error}"
    return check_kind(kind, path)


def _explain(folder: Path, name: str, error: MediaPathError) -> str:
    """A missing file with the nearest one that is there; else what the path check says."""
    place = folder / "media"
    if ".." in Path(name).parts or Path(name).is_absolute() or (place / name).exists():
        return str(error)
    return f"{name} is not in media/{did_you_mean(name, _names_in(place))}"


def _names_in(place: Path) -> list[str]:
    if not place.is_dir():
        return []
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())[:2_000]
