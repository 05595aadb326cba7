"""parse_mode MarkdownV2 and the old Markdown, with TDLib's rules and words (td/telegram/MessageEntity.cpp)."""

import re
from dataclasses import dataclass, field

from simulator.bot_api.html_format import make_link
from simulator.world.entities import BadFormat, Entity, count_units

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
# Marks that open an entity; the longer ones first.
_MARKS = (
    ("```", "pre"),
    ("__", "underline"),
    ("||", "spoiler"),
    ("![", "custom_emoji"),
    ("_", "italic"),
    ("*", "bold"),
    ("~", "strikethrough"),
    ("`", "code"),
    ("[", "text_link"),
)
_ENDS = {kind: "]" if mark in ("[", "![") else mark for mark, kind in _MARKS}
_NAMES = {
    "pre": "Pre",
    "underline": "Underline",
    "spoiler": "Spoiler",
    "custom_emoji": "CustomEmoji",
    "italic": "Italic",
    "bold": "Bold",
    "strikethrough": "Strikethrough",
    "code": "Code",
    "text_link": "TextUrl",
    "blockquote": "BlockQuote",
}
_LANGUAGE = re.compile(r"([^\s`]*)(?=\s)")
_OLD = re.compile(r"\\([_*`\[])|(```)|([_*`])|(\[)")


@dataclass
class _Open:
    kind: str
    offset: int
    begin: int
    piece: int
    language: str = ""


@dataclass
class _Parser:
    source: str
    at: int = 0
    units: int = 0
    line_start: bool = True
    pieces: list[str] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def run(self) -> None:
        while self.at < len(self.source):
            character = self.source[self.at]
            if character == "\\" and "\0" < self.source[self.at + 1 : self.at + 2] <= "~":
                self._put(self.source[self.at + 1], 2)
            elif character not in self._reserved():
                self._put(character, 1)
            elif self._ends_here(character):
                self._close(character)
            else:
                self._open(character)
        self._end_quote()
        if self.open:
            raise self._unended(self.open[-1])

    def _reserved(self) -> frozenset[str]:
        return frozenset("`") if self.open and self.open[-1].kind in ("code", "pre") else _RESERVED

    def _put(self, text: str, consumed: int) -> None:
        self.pieces.append(text)
        self.units += count_units(text)
        self.at += consumed
        if text != "\r":
            self.line_start = text == "\n"

    @property
    def _in_quote(self) -> bool:
        return any(one.kind == "blockquote" for one in self.open)

    def _ends_here(self, character: str) -> bool:
        if not self.open:
            return False
        if self._in_quote and character == "\n" and not self.source.startswith(">", self.at + 1):
            return True
        kind = self.open[-1].kind
        if kind == "blockquote" or not self.source.startswith(_ENDS[kind], self.at):
            return False
        return not (kind == "italic" and self.source.startswith("__", self.at))

    def _open(self, character: str) -> None:
        if character == "\n":
            self._put("\n", 1)
            return
        if character == ">" and self.line_start:
            if not self._in_quote:
                self.open.append(_Open("blockquote", self.units, self.at, len(self.pieces)))
            self.at += 1
            return
        for mark, kind in _MARKS:
            if self.source.startswith(mark, self.at):
                self.open.append(_Open(kind, self.units, self.at, len(self.pieces)))
                self.at += len(mark)
                if kind == "pre":
                    self._read_language(self.open[-1])
                return
        raise BadFormat(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")

    def _read_language(self, entity: _Open) -> None:
        """The rest of the line of ``` is the language; one line break after it is skipped."""
        match = _LANGUAGE.match(self.source, self.at)
        if match:
            entity.language = match[1]
            self.at = match.end()
        line_break = re.compile(r"\r\n|\n\r|\n|\r").match(self.source, self.at)
        if line_break:
            self.at = line_break.end()

    def _close(self, character: str) -> None:
        entity = self.open[-1]
        if character == "\n":
            self._end_quote("\n")
            if self._in_quote:
                raise self._unended(self.open[-1])
            return
        self.open.pop()
        self.at += len(_ENDS[entity.kind])
        if entity.kind == "text_link":
            address = self._read_address() or "".join(self.pieces[entity.piece :])
            self._add(make_link(address, self._make(entity)))
        elif entity.kind == "custom_emoji":
            match = re.fullmatch(r"tg://emoji\?id=([0-9]+)", self._read_address())
            if match is None:
                raise BadFormat("The entity must contain a tg://emoji or tg://time URL")
            self._add(self._make(entity) | {"custom_emoji_id": match[1]})
        else:
            self._add(self._make(entity) | ({"language": entity.language} if entity.language else {}))

    def _read_address(self) -> str:
        """The words in the brackets that follow, or nothing."""
        if not self.source.startswith("(", self.at):
            return ""
        begin = self.at + 1
        match = re.compile(r"((?:\\[\x01-~]|[^)])*)\)").match(self.source, begin)
        if match is None:
            raise BadFormat(f"Can't find end of a URL at byte offset {self._bytes(begin)}")
        self.at = match.end()
        return re.sub(r"\\([\x01-~])", r"\1", match[1])

    def _end_quote(self, line_break: str = "") -> None:
        """End a quote that is open at this line's end, the break included; `||` before the end makes it expandable."""
        kind = "blockquote"
        if self._in_quote and self.open[-1].kind == "spoiler" and self.open[-1].offset == self.units:
            self.open.pop()
            kind = "expandable_blockquote"
        if self.open and self.open[-1].kind == "blockquote":
            if line_break:
                self._put(line_break, 1)
            self._add(self._make(self.open.pop()) | {"type": kind})

    def _make(self, entity: _Open) -> Entity:
        return {"type": entity.kind, "offset": entity.offset, "length": self.units - entity.offset}

    def _add(self, entity: Entity) -> None:
        if entity["length"]:
            self.entities.append(entity)

    def _bytes(self, index: int) -> int:
        return len(self.source[:index].encode("utf-8", "surrogatepass"))

    def _unended(self, entity: _Open) -> BadFormat:
        return BadFormat(f"Can't find end of {_NAMES[entity.kind]} entity at byte offset {self._bytes(entity.begin)}")


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """The text and its entities in order. Raises BadFormat with Telegram's words."""
    parser = _Parser(source)
    try:
        parser.run()
    except BadFormat as error:
        raise BadFormat(f"can't parse entities: {error}") from None
    return "".join(parser.pieces), sorted(parser.entities, key=lambda one: (one["offset"], -one["length"]))


def parse_markdown(source: str) -> tuple[str, list[Entity]]:
    """The old Markdown: *bold*, _italic_, `code`, ```pre```, [text](address); nothing nests. Raises BadFormat."""
    pieces: list[str] = []
    entities: list[Entity] = []
    at = 0
    while (found := _OLD.search(source, at)) is not None:
        pieces.append(source[at : found.start()])
        if found[1]:
            pieces.append(found[1])
            at = found.end()
            continue
        offset = count_units("".join(pieces))
        kind, inner, at = _read_old(source, found)
        pieces.append(inner)
        entity = {"type": kind, "offset": offset, "length": count_units(inner)}
        if inner and kind == "text_link":
            entity, at = _read_old_link(source, at, entity)
        if entity["length"] and entity["type"]:
            entities.append(entity)
    pieces.append(source[at:])
    return "".join(pieces), entities


def _read_old(source: str, found: re.Match[str]) -> tuple[str, str, int]:
    """(type, text inside, index behind) of the entity whose mark was found."""
    mark = found[0]
    end = source.find("]" if mark == "[" else mark, found.end())
    if end < 0:
        begin = len(source[: found.start()].encode())
        raise BadFormat(f"can't parse entities: Can't find end of the entity starting at byte offset {begin}")
    kind = {"```": "pre", "`": "code", "*": "bold", "_": "italic", "[": "text_link"}[mark]
    inner = source[found.end() : end]
    return kind, inner.removeprefix("\n") if kind == "pre" else inner, end + len(mark)


def _read_old_link(source: str, at: int, entity: Entity) -> tuple[Entity, int]:
    """The link's address; without one the brackets are dropped and the text stays plain."""
    match = re.compile(r"\(([^)]*)\)").match(source, at)
    if match is None:
        return entity | {"length": 0}, at
    return make_link(match[1], entity), match.end()
