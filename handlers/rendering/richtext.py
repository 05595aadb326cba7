"""An author's Markdown -> Telegram text and entities. A person's words are put in afterwards, as plain text, never parsed."""

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from flow.state.effects import MARK, Rich

if TYPE_CHECKING:  # loaded when it is first needed, not by the start
    from telegramify_markdown import MessageEntity
    from telegramify_markdown.config import RenderConfig

MAX_TEXT, MAX_CAPTION = 4096, 1024  # UTF-16 units, https://core.telegram.org/bots/api#sendmessage

Entity = dict[str, Any]


class Rendered(NamedTuple):
    """Text and its entities (offsets in UTF-16 units)."""

    text: str
    entities: tuple[Entity, ...] = ()


class Compiled(NamedTuple):
    """A label's text cut at its values; where each value's MARK stood and the entities, in units of the text with MARKs."""

    pieces: tuple[str, ...]
    marks: tuple[int, ...]
    entities: tuple[Entity, ...]


def units(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def render(rich: Rich | None) -> Rendered:
    """The words a person sees."""
    if rich is None:
        return Rendered("")
    compiled = _compile(rich.source)
    if not rich.values:
        return Rendered(compiled.pieces[0], compiled.entities)
    text = "".join([piece + value for piece, value in zip(compiled.pieces, (*rich.values, ""), strict=True)])
    if not compiled.entities:
        return Rendered(text)
    moved = (_moved(entity, compiled.marks, rich.values) for entity in compiled.entities)
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
    return [Rendered(text, tuple(_plain(e) for e in found)) for text, found in parts]


@lru_cache(maxsize=4096)  # bounded by the number of texts in the programmes
def _compile(source: str) -> Compiled:
    import telegramify_markdown as markdown

    text, entities = markdown.convert(source, latex_escape=False, config=_make_config())
    text = text.rstrip("\n")  # a list at the end leaves one
    marks = tuple(units(text[:i]) for i, character in enumerate(text) if character == MARK)
    return Compiled(tuple(text.split(MARK)), marks, tuple(_plain(e) for e in entities))


def _moved(entity: Entity, marks: tuple[int, ...], values: tuple[str, ...]) -> Entity:
    """The entity where it lies once each MARK (one unit) has given way to its value."""

    def final(offset: int) -> int:
        return offset + sum(units(value) - 1 for mark, value in zip(marks, values, strict=True) if mark < offset)

    start = final(entity["offset"])
    return {**entity, "offset": start, "length": final(entity["offset"] + entity["length"]) - start}


def _plain(entity: "MessageEntity") -> Entity:
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
