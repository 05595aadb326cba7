"""An author's Markdown, parsed: what becomes of its values, its links and its tags.

Each value gets a character of its own in the source, so that it is found again wherever the parser puts it: in the words, in a
link's address, twice (a bare address is both), or nowhere (a link's title, which Telegram does not show).
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flow.state.effects import MARK

if TYPE_CHECKING:  # loaded when it is first needed, not by the start
    from telegramify_markdown import MessageEntity
    from telegramify_markdown.config import RenderConfig

PRIVATE_FIRST, PRIVATE_LAST = 0xE000, 0xF8FF  # Unicode's private use area: one UTF-16 unit each
TELEGRAM_TAGS = frozenset(  # https://core.telegram.org/bots/api#html-style
    ("a", "b", "blockquote", "code", "del", "em", "i", "ins", "pre", "s", "span", "strike", "strong", "tg-emoji", "tg-spoiler", "u")
)
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)[\s/>]|<!--")

Entity = dict[str, Any]


def parse(source: str) -> tuple[str, list[Entity], int, int]:
    """The text of a source with MARKs, its entities, and the code point that stands for value 0 (the others follow), and how many
    values there are."""
    import telegramify_markdown as markdown

    numbered, first, count = _number(source)
    text, found = markdown.convert(show_unknown_tags(numbered), latex_escape=False, config=_make_config())
    return text.rstrip("\n"), [plain_entity(one) for one in found], first, count  # a list at the end leaves a line


def fill_address(entity: Entity, first: int, values: tuple[str, ...]) -> Entity:
    """The entity with values in its address, percent-encoded, or in the language of its code, as they are."""
    if "url" in entity:
        keep = "+" if entity["url"].startswith("tel:") else ""
        filled = {"url": _put_in(entity["url"], first, tuple(quote(value, safe=keep) for value in values))}
    elif "language" in entity:
        filled = {"language": _put_in(entity["language"], first, values)}
    else:
        return entity
    return {**entity, **filled}


def address_of(entity: Entity) -> str:
    """The part of an entity that a value may stand in."""
    return str(entity.get("url") or entity.get("language") or "")


def _put_in(text: str, first: int, values: tuple[str, ...]) -> str:
    return "".join([values[ord(one) - first] if 0 <= ord(one) - first < len(values) else one for one in text])


def _number(source: str) -> tuple[str, int, int]:
    """The source with a character of its own for each value, the first of them, and how many there are."""
    pieces = source.split(MARK)
    count, taken = len(pieces) - 1, {ord(one) for one in source if PRIVATE_FIRST < ord(one) <= PRIVATE_LAST}
    first = PRIVATE_FIRST
    while any(code in taken for code in range(first, first + count)) and first + 2 * count <= PRIVATE_LAST:
        first += count
    numbered = "".join([piece + chr(first + index) for index, piece in enumerate(pieces[:-1])])
    return numbered + pieces[-1], first, count


def show_unknown_tags(source: str) -> str:
    """`<your name>` is no tag that Telegram knows, so it is shown as written: its `<` is escaped."""
    if "<" not in source:
        return source
    import pyromark
    from telegramify_markdown.converter import STANDARD_OPTIONS

    while True:
        raw = source.encode()
        starts = [
            place["start"]
            for event, place in pyromark.events_with_range(source, options=STANDARD_OPTIONS)
            if _is_html(event) and _is_unknown(raw[place["start"] : place["end"]].decode())
        ]
        if not starts:
            return source
        for start in reversed(starts):
            raw = raw[:start] + b"\\" + raw[start:]
        source = raw.decode()


def _is_html(event: Any) -> bool:
    return isinstance(event, dict) and ("InlineHtml" in event or event.get("Start") == "HtmlBlock")


def _is_unknown(html: str) -> bool:
    found = _TAG.match(html)
    return found is None or (found[1] is not None and found[1].lower() not in TELEGRAM_TAGS)


def plain_entity(entity: "MessageEntity") -> Entity:
    """As the Bot API takes it."""
    return {k: v for k, v in entity.to_dict().items() if v is not None}


@cache
def _make_config() -> "RenderConfig":
    from telegramify_markdown.config import RenderConfig

    config = RenderConfig.isolated()
    symbol = config.markdown_symbol
    for level in range(1, 7):
        setattr(symbol, f"heading_level_{level}", "")
    symbol.link = symbol.image = ""
    symbol.unordered_list_item = "•"
    return config
