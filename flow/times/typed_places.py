"""Typed times and cities, as people answer when asked for theirs. Pure; the names of cities come in."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from flow.times.local_time import DAY

LONGEST = 60  # characters that are looked at
CLOSE = 0.8  # difflib's ratio from which a misspelt name counts as meant
SHORTEST = 3  # letters from which the beginning of a name is taken for it

# Day periods as people type them in languages with a twelve-hour clock, without points and blanks.
MORNING = frozenset(("am", "a", "ص", "صباحا", "قظ", "上午", "午前", "오전", "πμ", "पूर्वाह्न", "öö", "sa"))
AFTERNOON = frozenset(("pm", "p", "م", "مساء", "مساءا", "بظ", "下午", "午後", "오후", "μμ", "अपराह्न", "ös", "ch"))

_TIME = re.compile(r"(\D*?)(\d{1,2})(?:[:.٫،,hH點点时時시](\d{2})?(?:[:.]\d{2})?(?:分|분|min)?)?(\D*)", re.DOTALL)
_FOUR = re.compile(r"(\d{2})(\d{2})", re.ASCII)
_ALIKE = str.maketrans(
    {"ة": "ه", "ى": "ي", "ٱ": "ا", "ی": "ي", "ک": "ك", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"}
)


def read_time(text: str) -> int | None:
    """Minutes since midnight of `19:40`, `7:40 pm`, `7pm`, `19h40`, `1940`, `٧:٤٠ م`; None for anything else.

    A bare number is none: `7` may be morning or evening. Digits of any script will do. `7:40` is taken for the morning: tell the
    person what time was understood.
    """
    plain = "".join(map(_plain_character, text[:LONGEST])).strip()
    if four := _FOUR.fullmatch(plain):
        return _minutes(int(four[1]), int(four[2]), "")
    match = _TIME.fullmatch(plain)
    if match is None:
        return None
    around = {part for part in (_word(match[1]), _word(match[4])) if part}
    half = "am" if around & MORNING else "pm" if around & AFTERNOON else ""
    hour, is_plain_time = int(match[2]), re.search(r"\d[^\d\s]", plain) is not None
    if re.search(r"[+\-−–]", match[1]) or not (half or is_plain_time):
        return None
    if len(around) > bool(half) and hour <= 12:
        return None  # the words that are not understood may say that it is evening
    return _minutes(hour, int(match[3] or 0), half)


def fold_name(text: str) -> str:
    """A name without case, accents, marks and anything that is no letter or digit, so that people find it however they type it."""
    bare = unicodedata.normalize("NFKD", text[:LONGEST].casefold().translate(_ALIKE))
    kept = "".join(character for character in bare if character.isalnum() or _is_vowel_sign(character))
    return unicodedata.normalize("NFC", kept.translate(_ALIKE))


def find_names(text: str, index: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The entries of `index` (folded name -> its meaning) for a typed name: the name itself, else those that begin so, else those
    spelt much like it. () for none; in the order of the index, each once."""
    typed = fold_name(text)
    if not typed:
        return ()
    if typed in index:
        return tuple(dict.fromkeys(index[typed]))
    near = [name for name in index if name.startswith(typed)] if len(typed) >= SHORTEST else []
    if not near:
        import difflib  # here: names are mostly spelt right

        near = difflib.get_close_matches(typed, index, 3, CLOSE)
    return tuple(dict.fromkeys(meant for name in near for meant in index[name]))


def _minutes(hour: int, minute: int, half: str) -> int | None:
    if half and not 1 <= hour <= 12:
        half = "" if hour > 12 and half == "pm" else "wrong"  # 19:40 pm is clear enough
    if half == "wrong" or hour > 24 or minute > 59:
        return None
    if half:
        hour = hour % 12 + 12 * (half == "pm")
    return (hour * 60 + minute) % DAY if hour < 24 or minute == 0 else None


def _word(text: str) -> str:
    """A day period as the tables above have it: Arabic's marks and everybody's points left out."""
    return "".join(character for character in text.casefold() if character.isalpha())


def _is_vowel_sign(character: str) -> bool:
    """A mark that is a letter of its own, as in Devanagari or Thai; accents combine with the letter before."""
    return unicodedata.category(character).startswith("M") and not unicodedata.combining(character)


def _plain_character(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) in ("Cf", "Mn"):  # direction marks, vowel signs
        return ""
    return ":" if character in "：∶" else character
