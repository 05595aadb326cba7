"""Numbers as an author wrote them: `01`, `2.50` and `1e3` are other words than 1, 2.5 and 1000.0, where a word is meant."""

from typing import Any


class WrittenInt(int):
    """A whole number that is usually written otherwise."""

    written: str

    def __new__(cls, value: int, written: str) -> "WrittenInt":
        number = super().__new__(cls, value)
        number.written = written
        return number


class WrittenFloat(float):
    """The same with a fraction."""

    written: str

    def __new__(cls, value: float, written: str) -> "WrittenFloat":
        number = super().__new__(cls, value)
        number.written = written
        return number


def keep_written(value: int | float, written: str) -> int | float:
    """The number, with its own writing where that is not the usual one."""
    if str(value) == written:
        return value
    return WrittenInt(value, written) if isinstance(value, int) else WrittenFloat(value, written)


def plain_number(value: WrittenInt | WrittenFloat) -> int | float:
    """Without its writing."""
    return int(value) if isinstance(value, int) else float(value)


def word_of(value: Any) -> str:
    """The word that was written."""
    return value.written if isinstance(value, WrittenInt | WrittenFloat) else str(value)
