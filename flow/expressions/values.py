"""Values inside an expression and their conversions, as JavaRosa (ODK) makes them: text, number, truth, list, day.

Unanswered is None or '' alike. A number of '' or of words is NaN, with which every comparison but `!=` is false. An ISO day counts
as days since 1970-01-01, so that `today() - ${day}` is a number of days. A moment adds the fraction of its own local day.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

NAN = float("nan")
EXACT = 2**53  # above it a float has no whole steps, and XPath knows only floats
LONGEST = 20_000  # characters a text may grow to, so that repeated concat() stays bounded

_NUMBER = re.compile(r"-?(?:[0-9]{1,300}(?:\.[0-9]{0,300})?|\.[0-9]{1,300})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]{4,15}(?:Z|[+-][0-9:]{2,6})?)?")
_EPOCH = date(1970, 1, 1).toordinal()


class ExpressionError(Exception):
    """The expression can't be read, or failed on this answer. `position` is the 0-based offset in the expression's source."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def number_of(value: Any) -> int | float:
    """The number that a value stands for, NaN where there is none."""
    kind = type(value)
    if kind is int or kind is float:
        return value  # type: ignore[no-any-return]
    if kind is bool:
        return int(value)
    if kind is str:
        return _read_number(value)
    if isinstance(value, Sequence) and value:
        return _read_number(text_of(value))
    return NAN


def _read_number(text: str) -> int | float:
    words = text.strip().replace(",", ".")
    if _NUMBER.fullmatch(words):
        return tidy_number(float(words))
    if _DAY.fullmatch(words):
        moment = find_moment(words)
        if moment is not None:
            return days_of(moment)
    return NAN


def tidy_number(value: int | float) -> int | float:
    """Whole floats as int, the rest without the noise of binary fractions (0.30000000000000004 is 0.3)."""
    if type(value) is int:
        return value if -EXACT <= value <= EXACT else float(value)
    if value.is_integer() and -EXACT <= value <= EXACT:  # type: ignore[union-attr]
        return int(value)
    return float(f"{value:.15g}")


def text_of(value: Any) -> str:
    """The words that a value stands for; a list's names are joined by a space, as XLSForm stores them."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return ""
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value) if -EXACT <= value <= EXACT else str(float(value))
    if kind is float:
        return _write_float(value)
    if isinstance(value, Sequence):
        return " ".join(text_of(item) for item in value)
    return str(value)


def _write_float(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return str(tidy_number(value))


def truth_of(value: Any) -> bool:
    """XPath's truth: a number but 0 and NaN, a text or list that is not empty."""
    kind = type(value)
    if kind is bool:
        return value  # type: ignore[no-any-return]
    if kind is int or kind is float:
        return bool(abs(value) > 1e-12)  # NaN is not
    return bool(value)


def names_of(value: Any) -> Sequence[str]:
    """The chosen names of a select: a list as it is, a text split at its spaces."""
    if isinstance(value, list | tuple):
        return value
    return text_of(value).split()


def is_empty(value: Any) -> bool:
    """Nothing answered: None, '', an empty list, NaN."""
    return value is None or value == "" or bool(value != value) or (isinstance(value, list | tuple) and not value)


def are_equal(left: Any, right: Any) -> bool:
    """XPath's `=`: by truth if one side is true or false, by number if one side is a number, else by text."""
    if type(left) is str and type(right) is str:
        return bool(left == right)
    if type(left) is bool or type(right) is bool:
        return truth_of(left) == truth_of(right)
    if type(left) in (int, float) or type(right) in (int, float):
        first, second = number_of(left), number_of(right)
        return bool(first == second or abs(first - second) < 1e-12)
    return text_of(left) == text_of(right)


def find_moment(text: str) -> datetime | None:
    """A day (at 00:00) or a moment written in ISO 8601; None when it is neither."""
    words = text.strip()
    if not _DAY.fullmatch(words):
        return None
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        return None


def days_of(moment: datetime) -> int | float:
    """Days since 1970-01-01 by the moment's own wall clock."""
    passed = moment.time()
    seconds = passed.hour * 3600 + passed.minute * 60 + passed.second + passed.microsecond / 1e6
    return moment.toordinal() - _EPOCH + seconds / 86_400 if seconds else moment.toordinal() - _EPOCH


def moment_of(value: Any) -> datetime | None:
    """The argument of date() and format-date(): an ISO day or moment, or days since 1970-01-01; None for empty.

    Raises ExpressionError for anything else.
    """
    if is_empty(value):
        return None
    if type(value) is str:
        moment = find_moment(value)
        if moment is not None:
            return moment
    days = number_of(value)
    try:
        midnight = datetime.combine(date.fromordinal(_EPOCH + int(days // 1)), time())
    except (ValueError, OverflowError) as error:
        raise ExpressionError(f"“{text_of(value)[:40]}” is no date") from error
    seconds = round((days % 1) * 86_400)
    return midnight.replace(hour=seconds // 3600 % 24, minute=seconds // 60 % 60, second=seconds % 60)
