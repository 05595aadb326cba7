"""Kinds of media: which file can stand for which, how large Telegram lets it be, and what is wrong with one."""

import mimetypes
from functools import cache
from pathlib import Path

# Formats that Telegram shows as that kind; all others are sent as documents. https://core.telegram.org/bots/api#sendvoice
# (voice: Ogg with Opus, MP3 or M4A), #sendaudio (MP3 or M4A), #sendvideo (MPEG-4; others "may be sent as Document"),
# #sendanimation (GIF, or MPEG-4 without sound). Photos: whatever Telegram's server can turn into a JPEG.
_EXTENSIONS: dict[str, tuple[str, ...]] = {
    "image": (".jpg", ".jpeg", ".png", ".webp"),
    "video": (".mp4", ".m4v", ".mov", ".webm"),
    "audio": (".mp3", ".m4a", ".flac", ".wav"),
    "voice": (".ogg", ".oga", ".opus", ".mp3", ".m4a"),
    "animation": (".gif", ".mp4"),
    "file": (),
}
_KIND_OF = {extension: kind for kind in reversed(_EXTENSIONS) for extension in _EXTENSIONS[kind]}

# bytes; https://core.telegram.org/bots/api#sending-files: "10 MB max size for photos, 50 MB for other files". Whether a MB is
# 10**6 or 2**20 bytes there is not said: the smaller holds either way.
MAX_BYTES: dict[str, int] = {kind: 10_000_000 if kind == "image" else 50_000_000 for kind in _EXTENSIONS}

# python's own table differs from machine to machine (it reads /etc/mime.types): ours first
_MIME = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".flac": "audio/flac",
    ".wav": "audio/x-wav",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".json": "application/json",
    ".txt": "text/plain",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".epub": "application/epub+zip",
}
_HEAD = 16  # bytes of a file that tell its format


def kind_of(name: str) -> str:
    """The kind that a file of this name is best shown as: image, video, audio, voice, animation, else file."""
    return _KIND_OF.get(_extension(name), "file")


def fits(kind: str, name: str) -> bool:
    """Whether a file of this name may be shown as that kind; anything may as `file`. Raises KeyError for an unknown kind."""
    return kind == "file" or _extension(name) in _EXTENSIONS[kind]


def extensions(kind: str) -> tuple[str, ...]:
    """With the dot, the usual one first; none for `file`, which takes any. Raises KeyError for an unknown kind."""
    return _EXTENSIONS[kind]


def mime_of(name: str) -> str:
    """The MIME type by the name, `application/octet-stream` where that tells nothing."""
    extension = _extension(name)
    return _MIME.get(extension) or _table().guess_type(f"x{extension}")[0] or "application/octet-stream"


@cache
def _table() -> mimetypes.MimeTypes:
    """Python's built-in list alone. Made when first asked for, since the module itself reads the machine's files all the same."""
    return mimetypes.MimeTypes()


def check_media(kind: str, path: Path) -> str | None:
    """The fault of this file as that kind, in words for its author, or None. Reads the disk (blocking)."""
    if not fits(kind, path.name):
        return f"{path.name} can't be shown as {kind}, which takes {', '.join(extensions(kind))}"
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        return f"{path.name} can't be read: {error.strerror}"
    if not size:
        return f"{path.name} is empty"
    if size > MAX_BYTES[kind]:
        return f"{path.name} has {size / 1e6:.1f} MB; Telegram takes at most {MAX_BYTES[kind] // 10**6} MB as {kind}"
    if kind == "image" and not _is_image(head):
        return f"{path.name} is not a JPEG, PNG or WebP picture, whatever its name says"
    return None


def _extension(name: str) -> str:
    return Path(name).suffix.lower()


def _is_image(head: bytes) -> bool:
    """By the signatures of JPEG (ITU T.81), PNG (ISO 15948) and WebP (RFC 9649)."""
    webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    return webp or head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
