"""Contents of a person's message that are no text: files, places, contacts, dice."""

from typing import Any

from simulator.world.files import Files

FILE_KINDS = frozenset({"photo", "video", "audio", "voice", "animation", "document", "sticker", "video_note"})
_NAMES = {"document": "notes.txt", "audio": "song.mp3", "video": "film.mp4", "animation": "wave.mp4"}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "location": {"latitude": 52.520008, "longitude": 13.404954},
    "contact": {"phone_number": "+15550100", "first_name": "Ada"},
    "venue": {"location": {"latitude": 52.52, "longitude": 13.405}, "title": "Tower", "address": "Square 1"},
    "dice": {"emoji": "🎲", "value": 4},
}
# The smallest PNG that a browser shows: one grey pixel.
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364600000000600023081d02f0000000049454e44ae426082"
)


def make_content(files: Files, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a Message of that kind; what `fields` leave out gets a likely value. Raises ValueError for an unknown kind."""
    shared = {name: fields.pop(name) for name in ("caption", "media_group_id") if fields.get(name)}
    if kind in _DEFAULTS:
        return {kind: _DEFAULTS[kind] | fields} | shared
    if kind not in FILE_KINDS:
        raise ValueError(f"people can't send {kind!r}; they can send {', '.join(sorted(FILE_KINDS | _DEFAULTS.keys()))}")
    data = fields.pop("data", None) or (_PIXEL if kind in ("photo", "sticker") else b"a " + kind.encode())
    name = fields.pop("file_name", None) or _NAMES.get(kind, "")
    file = files.store(kind, data, name, {"duration": 3} | fields)
    content = {kind: file.content} | shared
    return content | {"document": file.content} if kind == "animation" else content
