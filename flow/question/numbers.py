"""Numbers as people type them: digits of any script, comma or point, a minus of any kind, spaces and direction marks around."""

import re
import unicodedata

BIGGEST = 10**15  # below 2**53, so that every whole number is exact in JSON, BSON and XPath
LONGEST_TYPED = 64

_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:[.]([0-9]*))?", re.ASCII)
_SIGNS = {"−": "-", "–": "-", "﹣": "-", "－": "-", "＋": "+", "-": "-", "+": "+"}
_POINTS = frozenset(".,٫．，")


def read_number(text: str) -> int | float | None:
    """The number that a text is: int without a point, float with one (7, 7.0, 7.5); None when it is none or too long to be meant.

    A point needs a digit on either side of it at least; a second one (1,000.5), blanks inside and exponents make it none.
    """
    if len(text) > LONGEST_TYPED:
        return None
    match = _NUMBER.fullmatch(text) if text.isascii() and "," not in text else None
    match = match or _NUMBER.fullmatch("".join(map(_plain_character, text)).strip())
    if match is None or not (match[2] or match[3]):
        return None
    if match[3] is None:
        return int(match[1] + match[2])
    return float(f"{match[1]}{match[2] or '0'}.{match[3] or '0'}")


def _plain_character(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if character in _POINTS:
        return "."
    if unicodedata.category(character) == "Cf":  # direction marks that right-to-left keyboards add
        return ""
    return _SIGNS.get(character, character)
