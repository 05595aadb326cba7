"""Things a person can send from the chat page without looking for a file: a picture, a sticker, a voice message."""

import math
import struct
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

_RATE = 8000  # samples a second of the voice message
_SECONDS = 2
# Ridges of hills, the farthest first: where they begin (0 is the top, 1 the bottom), swing, waves, RGB.
_HILLS = (
    (0.52, 0.06, 5.0, (124, 148, 160)),
    (0.66, 0.05, 8.0, (82, 114, 122)),
    (0.82, 0.05, 6.0, (46, 78, 80)),
)


def make_sample(kind: str) -> dict[str, Any]:
    """The fields with which `World.send_media` sends an example of that kind. Raises KeyError for a kind without one."""
    return dict(_SAMPLES[kind]())


@cache
def _photo() -> dict[str, Any]:
    """Hills in the evening."""
    width, height = 480, 320
    ridges = [[height * _ridge(number, x / width) for number in range(len(_HILLS))] for x in range(width)]
    rows = [b"".join(_landscape(x / width, y / height, y, ridges[x]) for x in range(width)) for y in range(height)]
    return {"data": _png(width, height, 2, rows), "file_name": "hills.png", "caption": "From my window"}


@cache
def _sticker() -> dict[str, Any]:
    """A small sun with a face."""
    side = 256
    rows = [b"".join(_sun(2 * x / side - 1, 2 * y / side - 1) for x in range(side)) for y in range(side)]
    return {"data": _png(side, side, 6, rows), "emoji": "🌞"}


@cache
def _voice() -> dict[str, Any]:
    """Two soft tones, as WAV."""
    frames = bytearray()
    for at in range(_RATE * _SECONDS):
        seconds = at / _RATE
        pitch, since = (392.0, seconds) if seconds < 1 else (523.25, seconds - 1)
        frames += struct.pack("<h", int(9000 * math.exp(-3 * since) * math.sin(2 * math.pi * pitch * seconds)))
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, 2 * _RATE, 2, 16)
    data = struct.pack("<4sI", b"data", len(frames)) + bytes(frames)
    wave = struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE") + form + data
    return {"data": wave, "duration": _SECONDS, "mime_type": "audio/wav"}


def _document() -> dict[str, Any]:
    return {
        "data": b"One good thing about today:\n\nthe light on the hills.\n",
        "file_name": "notes.txt",
        "mime_type": "text/plain",
    }


def _location() -> dict[str, Any]:
    return {"latitude": 46.55883, "longitude": 8.56167}


def _contact() -> dict[str, Any]:
    return {"phone_number": "+15550100", "first_name": "Ada"}


_SAMPLES: dict[str, Callable[[], dict[str, Any]]] = {
    "photo": _photo,
    "sticker": _sticker,
    "voice": _voice,
    "document": _document,
    "location": _location,
    "contact": _contact,
}


def _ridge(number: int, x: float) -> float:
    """How far down, from 0 to 1, a ridge of hills begins at x, from 0 to 1."""
    base, swing, waves, _ = _HILLS[number]
    return base + swing * math.sin(waves * x + 2 * number) + 0.5 * swing * math.sin(2.3 * waves * x)


def _landscape(x: float, y: float, row: int, ridges: list[float]) -> bytes:
    """The RGB pixel at (x, y), each from 0 to 1: ridges, the nearest last, under a sky that grows warmer downwards."""
    for (*_, shade), top in zip(reversed(_HILLS), reversed(ridges), strict=True):
        if row > top:
            return bytes(shade)
    if math.hypot(1.5 * (x - 0.68), y - 0.38) < 0.1:
        return bytes((255, 236, 200))
    return bytes((int(214 + 34 * y), int(206 - 18 * y), int(214 - 60 * y)))


def _sun(x: float, y: float) -> bytes:
    """The RGBA pixel at (x, y), each from -1 to 1."""
    distance, angle = math.hypot(x, y), math.atan2(y, x)
    smile = abs(math.hypot(x, y - 0.02) - 0.32) < 0.035 and y > 0.12
    if smile or math.hypot(abs(x) - 0.2, y + 0.12) < 0.06:
        return bytes((104, 66, 22, 255))
    edge = 0.6 if distance < 0.64 else 0.82 + 0.1 * math.cos(12 * angle)
    if distance < 0.62:
        return bytes((255, 205, 92, 255))
    return bytes((245, 166, 66, 255)) if 0.7 < distance < edge else bytes(4)


def _png(width: int, height: int, colour_type: int, rows: list[bytes]) -> bytes:
    """A PNG of 8 bits a channel; `colour_type` 2 is RGB, 6 is RGBA (PNG specification, 11.2.2)."""
    head = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
