"""Labels and hints: compiled once into a text with MARKs, filled for one person with the words for their values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from flow.expressions.expression import ExpressionError, Reference, split_template
from flow.expressions.values import text_of, tidy_number
from flow.state.effects import MARK, Rich

_MARKUP = re.compile(r"(?<![\w\\*_`~])(\*\*|__|~~|\*|_|`)(?=\S)(.+?)(?<=\S)\1(?![\w*_`~])", re.DOTALL)


class Words(Protocol):
    """Knows what a person would call a value."""

    def words_of(self, names: Sequence[str]) -> list[str]:
        """The words for each `${name}`, '' where there is no answer."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text as an author wrote it: `pieces` stand around the values of `names`; `rich` is ready when there are none."""

    source: str
    pieces: tuple[str, ...]
    names: tuple[str, ...]
    rich: Rich | None

    def fill(self, words: Words) -> Rich:
        """The text with its values, which stay apart from the author's Markdown."""
        if self.rich is not None:
            return self.rich
        return Rich(self.source, tuple(words.words_of(self.names)))

    def address(self, words: Words) -> str:
        """An address with its values percent-encoded."""
        values = [quote(value, safe="") for value in words.words_of(self.names)]
        return "".join([piece + value for piece, value in zip(self.pieces, [*values, ""], strict=True)])

    def plain(self, words: Words) -> str:
        """The text with its values in place, for a button or for another text."""
        if self.rich is not None:
            return self.source
        return "".join([piece + value for piece, value in zip(self.pieces, [*words.words_of(self.names), ""], strict=True)])


def compile_text(text: str) -> Template:
    """Cut a text at its `${…}`. One that can't be cut is shown as it stands; the check has told its author."""
    text = text.replace(MARK, "")
    try:
        parts: Sequence[str | Reference] = split_template(text)
    except ExpressionError:
        parts = [text]
    names = tuple(part.name for part in parts if isinstance(part, Reference))
    source = "".join(MARK if isinstance(part, Reference) else part for part in parts)
    return Template(source, tuple(source.split(MARK)), names, None if names else Rich(source))


def strip_markup(text: str) -> str:
    """A text without its Markdown of emphasis and code, for a button, which shows none."""
    before = ""
    while before != text:
        before, text = text, _MARKUP.sub(r"\2", text)
    return text


def show_value(value: Any) -> str:
    """The words for a value that is no choice: numbers without needless zeros, lists joined by a comma."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return ""
    if kind is int or kind is float:
        return text_of(tidy_number(value))
    if isinstance(value, list | tuple):
        return ", ".join([show_value(item) for item in value])
    return text_of(value)


def length_of(rich: Rich | None) -> int:
    """Characters that a person reads, about."""
    return 0 if rich is None else len(rich.source) + sum(map(len, rich.values))
