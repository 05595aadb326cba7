"""Formatted text: UTF-16 counting, what Telegram finds in a text by itself, and the check of entities that a bot sends."""

import re
from typing import Any

Entity = dict[str, Any]

_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'’”])"
    r"|(?P<mention>(?<!\w)@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w))"
    r"|(?P<hashtag>(?<!\w)#\w*[^\W\d]\w*)"
)
_STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote"})
_TYPES = _STYLES | {"code", "pre", "text_link", "text_mention", "custom_emoji", "date_time"}
# Telegram finds these itself and drops them when a bot sends them.
_AUTOMATIC = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"})
_CLOSED = frozenset({"code", "pre", "text_link", "text_mention"})  # nothing is found inside these
_NEEDED = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id", "date_time": "unix_time"}


class BadFormat(ValueError):
    """The formatting can't be understood; the text is Telegram's wording, without the `Bad Request: `."""


def count_units(text: str) -> int:
    """The length in UTF-16 units, in which Telegram counts."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def find_entities(text: str, given: list[Entity] | None = None) -> dict[str, list[Entity]]:
    """`{"entities": […]}` of `given` with the commands, links, mentions and hashtags found in `text`; `{}` for none."""
    entities = list(given or ())
    if "/" in text or "@" in text or "#" in text:
        closed = [one for one in entities if one["type"] in _CLOSED]
        for match in _FOUND.finditer(text):
            offset = count_units(text[: match.start()])
            length = count_units(match[0])
            if not any(one["offset"] < offset + length and offset < one["offset"] + one["length"] for one in closed):
                entities.append({"type": match.lastgroup, "offset": offset, "length": length})
        entities.sort(key=lambda one: (one["offset"], -one["length"]))
    return {"entities": entities} if entities else {}


def check_entities(text: str, entities: list[Any]) -> list[Entity]:
    """The entities a bot sent, those of no effect dropped. Raises BadFormat with TDLib's words."""
    total = count_units(text)
    kept = []
    for entity in entities:
        kind = _check_fields(entity)
        offset, length = entity["offset"], entity["length"]
        if kind in _AUTOMATIC or offset < 0 or length <= 0:
            continue
        if offset > total:
            raise BadFormat(f"entity begins after the end of the text at UTF-16 offset {offset}")
        if offset + length > total:
            raise BadFormat(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {offset + length}"
            )
        _check_halves(text, offset, length)
        kept.append(entity)
    return sorted(kept, key=lambda one: (one["offset"], -one["length"]))


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without white space at both ends, as Telegram stores it; entities moved along and cut, the empty ones gone."""
    inner = text.strip(" \t\r\n")
    if inner == text or not entities:
        return inner, entities
    before, total = count_units(text[: len(text) - len(text.lstrip(" \t\r\n"))]), count_units(inner)
    moved = []
    for entity in entities:
        start = max(entity["offset"] - before, 0)
        end = min(entity["offset"] + entity["length"] - before, total)
        if end > start:
            moved.append(entity | {"offset": start, "length": end - start})
    return inner, moved


def _check_fields(entity: Any) -> str:
    if not isinstance(entity, dict):
        raise BadFormat("can't parse MessageEntity: expected an Object")
    for name in ("offset", "length"):
        if name not in entity:
            raise BadFormat(f"can't parse MessageEntity: can't find field \"{name}\"")
        if not isinstance(entity[name], int):
            raise BadFormat(f'can\'t parse MessageEntity: field "{name}" must be of type Number')
    kind = entity.get("type")
    if not isinstance(kind, str):
        raise BadFormat("can't parse MessageEntity: can't find field \"type\"")
    if kind not in _TYPES | _AUTOMATIC:
        raise BadFormat("can't parse MessageEntity: unsupported type specified")
    if kind in _NEEDED and not entity.get(_NEEDED[kind]):
        raise BadFormat(f"can't parse MessageEntity: can't find field \"{_NEEDED[kind]}\"")
    return kind


def _check_halves(text: str, offset: int, length: int) -> None:
    """An entity may not cut a character that takes two UTF-16 units."""
    if text.isascii():
        return
    units = text.encode("utf-16-le", "surrogatepass")
    for at, words in ((offset, "begins"), (offset + length, f"beginning at UTF-16 offset {offset} ends")):
        if 2 * at < len(units) and 0xDC <= units[2 * at + 1] <= 0xDF:
            before = len(units[: 2 * at - 2].decode("utf-16-le").encode())
            raise BadFormat(f"entity {words} in a middle of a UTF-16 symbol at byte offset {before}")
