"""Telegram text and entities: an author's Markdown with a person's words put in afterwards, as plain text, never parsed."""

from typing import NamedTuple

from flow.state.effects import Rich
from handlers.rendering.markdown import Entity, compile_markdown, fill_address, plain_entity, units

__all__ = ["MAX_CAPTION", "MAX_TEXT", "Entity", "Rendered", "italic", "join", "render", "render_markdown", "split", "units"]

MAX_TEXT, MAX_CAPTION = 4096, 1024  # UTF-16 units, https://core.telegram.org/bots/api#sendmessage


class Rendered(NamedTuple):
    """Text and its entities (offsets in UTF-16 units)."""

    text: str
    entities: tuple[Entity, ...] = ()


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
