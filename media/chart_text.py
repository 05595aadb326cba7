"""Fonts for charts, and texts that fit."""

import functools
from dataclasses import dataclass

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
REGULAR, BOLD = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"  # Latin, Cyrillic, Greek, Arabic, Hebrew and more
_NO_CHARACTER = "\U0010ffff"
_ALWAYS_THERE = "\u0250"  # all before is Latin


@dataclass(frozen=True, slots=True)
class Fonts:
    """Opened for one picture, since a font must not be used by two threads at once."""

    title: Font
    legend: Font
    axis: Font
    value: Font


def open_fonts(scale: int) -> Fonts:
    """DejaVu where the machine has it, else Pillow's own (Latin only); sizes times `scale`."""
    return Fonts(
        title=_open(BOLD, 29 * scale),
        legend=_open(REGULAR, 19 * scale),
        axis=_open(REGULAR, 17 * scale),
        value=_open(BOLD, 17 * scale),
    )


def width_of(font: Font, text: str) -> float:
    """Pixels."""
    return float(font.getlength(text))


def fit(font: Font, text: str, width: float) -> str:
    """One line without what the font can't draw (emoji), cut with … where it is wider than `width` pixels."""
    missing = _picture_of(font, _NO_CHARACTER)
    line = " ".join("".join(c for c in text[:200] if c < _ALWAYS_THERE or _picture_of(font, c) != missing).split())
    if width_of(font, line) <= width:
        return line
    while line and width_of(font, line + "…") > width:
        line = line[:-1]
    return line.rstrip() + "…"


def _open(name: str, size: int) -> Font:
    path = _find(name)
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


@functools.cache
def _find(name: str) -> str | None:
    """Pillow looks through the folders in which the system keeps fonts."""
    try:
        return str(ImageFont.truetype(name, 10).path)
    except OSError:
        return None


def _picture_of(font: Font, character: str) -> bytes:
    return bytes(font.getmask(character))
