"""Numbers as people type them: digits of any script, comma or point, thousands set apart, a minus of any kind, direction marks."""

import re
import unicodedata

BIGGEST = 10**15  # below 2**53, so that every whole number is exact in JSON, BSON and XPath
LONGEST_TYPED = 64

Number = int | float

_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:[.,]([0-9]*))?", re.ASCII)
_GROUPED = re.compile(r"([+-]?)([0-9]{1,3}(?:([ ',.])[0-9]{3})(?:\3[0-9]{3})*)(?:([.,])([0-9]+))?", re.ASCII)
_SIGNS = {"−": "-", "–": "-", "﹣": "-", "－": "-", "＋": "+", "-": "-", "+": "+"}
_POINTS = {"٫": ",", "．": ".", "，": ",", "٬": "'", "’": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " "}


def read_number(text: str) -> Number | None:
    """The number that a text is: int without a point, float with one (7, 7.0, 7.5). None when it is none, too long to be meant, or
    can be read in two ways."""
    found = read_numbers(text)
    return found[0] if len(found) == 1 else None


def read_numbers(text: str) -> tuple[Number, ...]:
    """Every number that a text can be: none, one, or two where one point stands before three digits (1,000 and 10.000).

    Thousands may be set apart by blanks, apostrophes, points or commas; then a point or comma before other digits is the decimal
    one (1,000.5 and 1.000,5). Exponents and other blanks inside make it none.
    """
    if len(text) > LONGEST_TYPED:
        return ()
    plain = text.strip() if text.isascii() else "".join(map(_plain_character, text)).strip()
    found = [number for number in (_grouped(plain), read_plain(plain)) if number is not None]
    return tuple(found) if len(found) < 2 or found[0] != found[1] else (found[0],)


def read_plain(text: str) -> Number | None:
    """Without thousands set apart; a point or comma is the decimal one."""
    match = _NUMBER.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        return None
    if match[3] is None:
        return int(match[1] + match[2])
    return float(f"{match[1]}{match[2] or '0'}.{match[3] or '0'}")


def _grouped(text: str) -> Number | None:
    """With thousands set apart; a number does not begin with nought then."""
    match = _GROUPED.fullmatch(text)
    if match is None or match[2].startswith("0") or (match[4] is not None and match[4] == match[3]):
        return None
    whole = match[1] + "".join(one for one in match[2] if one.isdigit())
    return int(whole) if match[5] is None else float(f"{whole}.{match[5]}")


def _plain_character(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if character in _POINTS:
        return _POINTS[character]
    if unicodedata.category(character) == "Cf":  # direction marks that right-to-left keyboards add
        return ""
    return _SIGNS.get(character, character)
