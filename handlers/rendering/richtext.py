"""Telegram text and entities: an author's Markdown with a person's words put in afterwards, as plain text, never parsed."""

from functools import lru_cache
from typing import NamedTuple

from flow.state.effects import Rich
from handlers.rendering.markdown import Entity, address_of, fill_address, parse, plain_entity

MAX_TEXT, MAX_CAPTION = 4096, 1024  # UTF-16 units, https://core.telegram.org/bots/api#sendmessage


class Compiled(NamedTuple):
    """A text cut at its values: `pieces` stand around the values `slots` (indices; None: each once, in their order). `marks` are
    their offsets, `entities` those of the text, both in UTF-16 units with one unit a value. `first` is the code point of value 0
    inside addresses; -1 where no address has a value."""

    pieces: tuple[str, ...]
    slots: tuple[int, ...] | None
    marks: tuple[int, ...]
    entities: tuple[Entity, ...]
    first: int = -1


class Rendered(NamedTuple):
    """Text and its entities (offsets in UTF-16 units)."""

    text: str
    entities: tuple[Entity, ...] = ()


def units(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def render(rich: Rich | None) -> Rendered:
    """The words a person sees. Never raises, whatever the values are."""
    if rich is None:
        return Rendered("")
    compiled = compile_markdown(rich.source)
    entities = compiled.entities
    if not rich.values:
        return Rendered(compiled.pieces[0], entities)
    values = rich.values if compiled.slots is None else tuple([rich.values[slot] for slot in compiled.slots])
    text = "".join([piece + value for piece, value in zip(compiled.pieces, (*values, ""), strict=True)])
    if not entities:
        return Rendered(text)
    if compiled.first >= 0:
        entities = tuple(fill_address(entity, compiled.first, rich.values) for entity in entities)
    moved = (_moved(entity, compiled.marks, values) for entity in entities)
    return Rendered(text, tuple(entity for entity in moved if entity["length"]))


def render_markdown(text: str) -> Rendered:
    """An author's Markdown without values."""
    return render(Rich(text.strip()))


def join(first: Rendered, second: Rendered, between: str = "\n\n") -> Rendered:
    """Both, one below the other; an empty one leaves no gap."""
    if not first.text or not second.text:
        return first if first.text else second
    shift = units(first.text) + units(between)
    moved = tuple({**e, "offset": e["offset"] + shift} for e in second.entities)
    return Rendered(first.text + between + second.text, first.entities + moved)


def italic(text: Rendered) -> Rendered:
    """The whole in italics (a hint)."""
    return Rendered(text.text, ({"type": "italic", "offset": 0, "length": units(text.text)}, *text.entities)) if text.text else text


def split(rendered: Rendered, limit: int = MAX_TEXT) -> list[Rendered]:
    """Parts of at most `limit` UTF-16 units, cut at line breaks where there are some."""
    if len(rendered.text) * 2 <= limit or units(rendered.text) <= limit:
        return [rendered]
    import telegramify_markdown as markdown

    entities = [markdown.MessageEntity(**e) for e in rendered.entities]
    parts = markdown.split_entities(rendered.text, entities, limit)
    return [Rendered(text, tuple(plain_entity(e) for e in found)) for text, found in parts]


def _moved(entity: Entity, marks: tuple[int, ...], values: tuple[str, ...]) -> Entity:
    """The entity where it lies once each mark (one unit) has given way to its value."""

    def final(offset: int) -> int:
        return offset + sum(units(value) - 1 for mark, value in zip(marks, values, strict=True) if mark < offset)

    start = final(entity["offset"])
    return {**entity, "offset": start, "length": final(entity["offset"] + entity["length"]) - start}


@lru_cache(maxsize=4096)  # bounded by the number of texts in the programmes
def compile_markdown(source: str) -> Compiled:
    """`source` holds MARK where a value goes."""
    text, found, first, count = parse(source)
    places = [(index, ord(character) - first) for index, character in enumerate(text) if 0 <= ord(character) - first < count]
    pieces, end = [], 0
    for index, _ in places:
        pieces.append(text[end:index])
        end = index + 1
    slots = tuple(slot for _, slot in places)
    has_address = any(0 <= ord(one) - first < count for entity in found for one in address_of(entity))
    return Compiled(
        (*pieces, text[end:]),
        None if slots == tuple(range(count)) else slots,
        tuple(units(text[:index]) for index, _ in places),
        _clip(found, units(text)),
        first if has_address else -1,
    )


def _clip(entities: list[Entity], end: int) -> tuple[Entity, ...]:
    """Those that lie in the text, which has lost the line ends behind it."""
    clipped = ({**entity, "length": min(entity["length"], end - entity["offset"])} for entity in entities)
    return tuple(entity for entity in clipped if entity["length"] > 0)
