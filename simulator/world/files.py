"""Uploaded files: their bytes once per content, and the Bot API objects under which they can be sent again."""

import base64
import hashlib
import mimetypes
from dataclasses import dataclass
from typing import Any

from simulator.world.images import measure_image

# The first characters of a file_id tell its kind, as Telegram's do.
_PREFIXES = {
    "photo": "AgACAgIAAxk",
    "video": "BAACAgIAAxk",
    "audio": "CQACAgIAAxk",
    "voice": "AwACAgIAAxk",
    "animation": "CgACAgIAAxk",
    "document": "BQACAgIAAxk",
    "sticker": "CAACAgIAAxk",
    "video_note": "DQACAgIAAxk",
}
_FOLDERS = {"photo": "photos", "video": "videos", "audio": "music", "voice": "voice", "animation": "animations"}
_ENDINGS = {
    "photo": ".jpg",
    "video": ".mp4",
    "audio": ".mp3",
    "voice": ".oga",
    "animation": ".mp4",
    "sticker": ".webp",
    "video_note": ".mp4",
}
_MIMES = {"video": "video/mp4", "audio": "audio/mpeg", "voice": "audio/ogg", "animation": "video/mp4"}
_SMALL = 320  # pixels: the longer side of Telegram's photo size "m"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of one kind. `content` is what a message carries: a Bot API object, for a photo the list of its sizes."""

    kind: str
    digest: str
    size: int
    mime_type: str
    path: str
    content: Any


class Files:
    """All files by file_id and by path; bytes by sha256."""

    def __init__(self) -> None:
        self.by_id: dict[str, StoredFile] = {}
        self.by_path: dict[str, StoredFile] = {}
        self.blobs: dict[str, bytes] = {}
        self.are_kept = True  # False: what the bot uploads is counted alone; nobody can download it then

    def store(
        self, kind: str, data: bytes, name: str, fields: dict[str, Any], digest: str = "", size: int | None = None
    ) -> StoredFile:
        """Keep `data` as a file of that kind. `fields` (duration, width, …) go into its object. Photos must be images.

        `size`, where it is given, is that of a file of which `data` is the beginning.
        """
        digest = digest or hashlib.sha256(data).hexdigest()
        size = len(data) if size is None else size
        if self.are_kept:
            self.blobs.setdefault(digest, data)
        number = len(self.by_path) + 1
        ending = "." + name.rpartition(".")[2] if "." in name else _ENDINGS.get(kind, "")
        guessed = mimetypes.guess_type(name)[0] or ("image/jpeg" if kind == "photo" else "application/octet-stream")
        mime = fields.get("mime_type") or (_MIMES.get(kind, guessed) if guessed == "application/octet-stream" else guessed)
        path = f"{_FOLDERS.get(kind, kind + 's')}/file_{number}{ending}"
        file_id = make_file_id(kind, digest, number)
        head = {"file_id": file_id, "file_unique_id": make_unique_id(kind, digest), "file_size": size}
        content = _make_content(kind, data, head, fields | ({"file_name": name} if name else {}), mime)
        return self.register(StoredFile(kind, digest, size, mime, path, content))

    def register(self, file: StoredFile) -> StoredFile:
        """Make a file findable under each of its ids and its path."""
        objects = file.content if isinstance(file.content, list) else [file.content]
        for one in objects:
            self.by_id[one["file_id"]] = file
        self.by_path[file.path] = file
        return file

    def clear(self) -> None:
        self.by_id.clear()
        self.by_path.clear()
        self.blobs.clear()

    def find(self, file_id: str) -> StoredFile | None:
        return self.by_id.get(file_id)

    def read(self, file: StoredFile) -> bytes:
        return self.blobs[file.digest]


def make_file_id(kind: str, digest: str, number: int, variant: str = "") -> str:
    return _PREFIXES[kind] + base64.urlsafe_b64encode(bytes.fromhex(digest)[:24] + number.to_bytes(6, "big")).decode() + variant


def make_unique_id(kind: str, digest: str, variant: str = "") -> str:
    return "Ag" + base64.urlsafe_b64encode(hashlib.sha256(f"{kind} {digest} {variant}".encode()).digest()[:9]).decode()


def _make_content(kind: str, data: bytes, head: dict[str, Any], fields: dict[str, Any], mime: str) -> Any:
    if kind == "photo":
        return _make_sizes(head, measure_image(data) or (fields.get("width", 1), fields.get("height", 1)))
    if kind in ("document", "animation", "video", "audio"):
        head["mime_type"] = mime
        if "file_name" in fields:
            head["file_name"] = fields["file_name"]
    if kind == "voice":
        head["mime_type"] = mime
    if kind in ("video", "animation", "audio", "voice", "video_note"):
        head["duration"] = fields.get("duration", 0)
    if kind in ("video", "animation", "sticker"):
        width, height = measure_image(data) or (512, 512) if kind == "sticker" else measure_image(data) or (640, 360)
        head |= {"width": fields.get("width") or width, "height": fields.get("height") or height}
    if kind == "video_note":
        head["length"] = fields.get("length", 240)
    if kind == "sticker":
        head |= {"type": "regular", "is_animated": False, "is_video": False, "emoji": fields.get("emoji", "🙂")}
    return head | {name: fields[name] for name in ("performer", "title") if kind == "audio" and fields.get(name)}


def _make_sizes(head: dict[str, Any], size: tuple[int, int]) -> list[dict[str, Any]]:
    """The photo's sizes, smallest first; Telegram's callers take the last."""
    width, height = size
    whole = head | {"width": width, "height": height}
    longer = max(width, height)
    if longer <= _SMALL:
        return [whole]
    small = head | {
        "file_id": head["file_id"] + "m",
        "file_unique_id": head["file_unique_id"] + "m",
        "file_size": max(1, head["file_size"] * _SMALL * _SMALL // (longer * longer)),
        "width": max(1, width * _SMALL // longer),
        "height": max(1, height * _SMALL // longer),
    }
    return [small, whole]
