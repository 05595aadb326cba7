"""parse_mode HTML: text and entities, with TDLib's rules and words (td/telegram/MessageEntity.cpp, parse_html)."""

import re
from dataclasses import dataclass, field
from typing import Any

from simulator.world.entities import BadFormat, Entity, count_units

_STYLES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS = _STYLES.keys() | {"a", "tg-emoji", "tg-time", "pre", "code", "blockquote"}
_LITERALS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([A-Za-z]+));?")
_NEXT = re.compile(r"[<&]")
_NAME = re.compile(r"[^\s=>/\"']*")
_TOKEN = re.compile(r"[A-Za-z0-9.-]*")


@dataclass
class _Tag:
    """An open tag: where its text begins, in UTF-16 units and as an index of the pieces."""

    name: str
    attributes: dict[str, str]
    offset: int
    piece: int


@dataclass
class _Parser:
    source: str
    at: int = 0
    units: int = 0
    pieces: list[str] = field(default_factory=list)
    open: list[_Tag] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def run(self) -> None:
        while (found := _NEXT.search(self.source, self.at)) is not None:
            self._put(self.source[self.at : found.start()])
            self.at = found.start()
            if found[0] == "&":
                self._put(self._read_reference() or self._take(1))
            elif self.source.startswith("</", self.at):
                self._close()
            else:
                self._open()
        self._put(self.source[self.at :])
        if self.open:
            raise BadFormat(f'can\'t find end tag corresponding to start tag "{self.open[-1].name}"')

    def _put(self, text: str) -> None:
        self.pieces.append(text)
        self.units += count_units(text)

    def _take(self, count: int) -> str:
        self.at += count
        return self.source[self.at - count : self.at]

    def _bytes(self, index: int) -> int:
        return len(self.source[:index].encode("utf-8", "surrogatepass"))

    def _read_reference(self) -> str:
        """The character of the reference here, which is then passed; nothing for what is none."""
        match = _REFERENCE.match(self.source, self.at)
        if match is None:
            return ""
        if match[3]:
            character = _LITERALS.get(match[3], "")
        else:
            digits = match[1] or match[2]
            code = int(digits, 16 if match[1] else 10) if len(digits) <= 8 else 0
            character = chr(code) if 0 < code < 0x10FFFF and not 0xD800 <= code <= 0xDFFF else ""
        if character:
            self.at = match.end()
        return character

    def _skip_space(self) -> None:
        while self.at < len(self.source) and self.source[self.at].isspace():
            self.at += 1

    def _read_until_space(self) -> str:
        start = self.at
        while self.at < len(self.source) and self.source[self.at] != ">" and not self.source[self.at].isspace():
            self.at += 1
        return self.source[start : self.at].lower()

    def _open(self) -> None:
        begin = self._bytes(self.at)
        self.at += 1
        name = self._read_until_space()
        if self.at >= len(self.source):
            raise BadFormat(f"unclosed start tag at byte offset {begin}")
        if name not in _TAGS:
            raise BadFormat(f'unsupported start tag "{name}" at byte offset {begin}')
        attributes = self._read_attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise BadFormat(f'tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Tag(name, attributes, self.units, len(self.pieces)))

    def _read_attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            self._skip_space()
            if self.source.startswith(">", self.at):
                self.at += 1
                return attributes
            match = _NAME.match(self.source, self.at)
            if match is None or not match[0]:
                raise BadFormat(f'empty attribute name in the tag "{tag}" at byte offset {begin}')
            self.at = match.end()
            self._skip_space()
            value = self._read_value() if self.source.startswith("=", self.at) else ""
            if self.at >= len(self.source):
                raise BadFormat(f'unclosed start tag "{tag}" at byte offset {begin}')
            attributes[match[0]] = value

    def _read_value(self) -> str:
        self.at += 1
        self._skip_space()
        quote = self.source[self.at : self.at + 1]
        if quote not in ("'", '"'):
            return self._read_token()
        self.at += 1
        value = []
        while self.at < len(self.source) and self.source[self.at] != quote:
            value.append((self._read_reference() if self.source[self.at] == "&" else "") or self._take(1))
        self.at += 1
        return "".join(value)

    def _read_token(self) -> str:
        start = self.at
        match = _TOKEN.match(self.source, self.at)
        self.at = match.end() if match else self.at
        following = self.source[self.at : self.at + 1]
        if following and following != ">" and not following.isspace():
            raise BadFormat(f"unexpected end of name token at byte offset {self._bytes(start)}")
        return self.source[start : self.at].lower()

    def _close(self) -> None:
        begin = self._bytes(self.at)
        if not self.open:
            raise BadFormat(f"unexpected end tag at byte offset {begin}")
        self.at += 2
        name = self._read_until_space()
        self._skip_space()
        if not self.source.startswith(">", self.at):
            raise BadFormat(f"unclosed end tag at byte offset {begin}")
        self.at += 1
        tag = self.open[-1]
        if name and name != tag.name:
            raise BadFormat(f'unmatched end tag at byte offset {begin}, expected "</{tag.name}>", found "</{name}>"')
        self.open.pop()
        if self.units > tag.offset:
            self._add(tag)

    def _add(self, tag: _Tag) -> None:
        entity: Entity = {"type": _STYLES.get(tag.name, tag.name), "offset": tag.offset, "length": self.units - tag.offset}
        if tag.name in ("pre", "code"):
            self._add_code(tag, entity)
        elif tag.name == "blockquote":
            self.entities.append(entity | ({"type": "expandable_blockquote"} if "expandable" in tag.attributes else {}))
        elif tag.name == "a":
            self.entities.append(make_link(tag.attributes.get("href") or "".join(self.pieces[tag.piece :]), entity))
        elif tag.name == "tg-emoji":
            if not tag.attributes.get("emoji-id", "").isdigit():
                raise BadFormat("invalid custom emoji identifier specified")
            self.entities.append(entity | {"type": "custom_emoji", "custom_emoji_id": tag.attributes["emoji-id"]})
        elif tag.name != "tg-time":
            self.entities.append(entity)
        elif tag.attributes.get("unix", "").isdigit():
            self.entities.append(entity | {"type": "date_time", "unix_time": int(tag.attributes["unix"])})

    def _add_code(self, tag: _Tag, entity: Entity) -> None:
        """<pre><code class="language-x"> (either way round) is one `pre` with its language."""
        language = tag.attributes.get("class", "").removeprefix("language-") if tag.name == "code" else ""
        last = self.entities[-1] if self.entities else {}
        same = (last.get("offset"), last.get("length")) == (entity["offset"], entity["length"])
        if tag.name == "pre" and same and last["type"] == "code" and last.get("language"):
            last["type"] = "pre"
        elif tag.name == "code" and same and last["type"] == "pre" and language:
            last["language"] = language
        else:
            self.entities.append(entity | ({"language": language} if language else {}))


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The text and its entities in order. Raises BadFormat with Telegram's words."""
    parser = _Parser(source)
    try:
        parser.run()
    except BadFormat as error:
        raise BadFormat(f"can't parse entities: {_capital(error)}") from None
    for entity in parser.entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return "".join(parser.pieces), _in_order(parser.entities)


def make_link(address: str, entity: Entity) -> Entity:
    """A text_link, or for tg://user?id=… a text_mention; what is no address at all stays plain (an entity of length 0)."""
    person: dict[str, Any] = {}
    match = re.fullmatch(r"tg:(?://)?user\?id=([0-9]+)", address)
    if match:
        person = {"user": {"id": int(match[1]), "is_bot": False, "first_name": ""}}
        return entity | {"type": "text_mention"} | person
    if re.match(r"(?:https?|tg|ton|tonsite|mailto|tel):", address, re.IGNORECASE):
        return entity | {"type": "text_link", "url": address}
    if re.match(r"[\w-]+(?:\.[\w-]+)+(?:[/?#:]|$)", address):
        return entity | {"type": "text_link", "url": f"http://{address}"}
    return entity | {"type": "text_link", "length": 0}


def _in_order(entities: list[Entity]) -> list[Entity]:
    return sorted((one for one in entities if one["length"]), key=lambda one: (one["offset"], -one["length"]))


def _capital(error: Exception) -> str:
    words = str(error)
    return words[0].upper() + words[1:]
