"""XLSForm's functions on plain values, and the table that says how many arguments of which kind each takes.

A function gets the scope and its evaluated arguments. Some must not evaluate all of them (if, coalesce, once) or look at how they
are written (regex, position, jr:choice-name). Those are built in flow/expressions/expression.py.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any

from flow.expressions.values import (
    LONGEST,
    NAN,
    ExpressionError,
    are_equal,
    is_empty,
    moment_of,
    names_of,
    number_of,
    text_of,
    truth_of,
)

MANY = 200
_EXACT = Context(prec=60)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Function:
    """`kinds` has a letter an argument (the last one holds for the rest): n number, s text, d date, b truth, a anything."""

    minimum: int
    maximum: int
    kinds: str
    call: Callable[..., Any]

    def kind_of(self, index: int) -> str:
        """The letter of argument number `index`, counted from 0."""
        return self.kinds[min(index, len(self.kinds) - 1)] if self.kinds else "a"


def arithmetic(operator: str, left: int | float, right: int | float) -> int | float:
    """`+ - * div mod` on numbers as XPath has them: division by 0 is infinite or NaN, mod has the sign of the dividend."""
    try:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "div":
                return left / right if right else _divide_by_zero(left)
            case _:
                return math.fmod(left, right) if right and math.isfinite(left) else NAN
    except OverflowError:
        return math.inf


def _divide_by_zero(left: int | float) -> float:
    return NAN if left == 0 or left != left else math.copysign(math.inf, left)


def joined(parts: list[str], separator: str = "") -> str:
    """The parts as one text of bounded length. Raises ExpressionError when it grows over 20,000 characters."""
    if sum(map(len, parts)) + len(separator) * len(parts) > LONGEST:
        raise ExpressionError(f"the text grows over {LONGEST} characters")
    return separator.join(parts)


def _texts(values: tuple[Any, ...]) -> list[str]:
    return [text_of(item) for value in values for item in (value if isinstance(value, list | tuple) else (value,))]


def _numbers(values: tuple[Any, ...]) -> Iterator[int | float]:
    for value in values:
        for item in value if isinstance(value, list | tuple) else (value,):
            number = number_of(item)
            if number == number:
                yield number


def _count(_: Any, *values: Any) -> int:
    return sum(len(value) if isinstance(value, list | tuple) else not is_empty(value) for value in values)


def _selected(_: Any, value: Any, name: Any) -> bool:
    return text_of(name).strip() in names_of(value)


def _selected_at(_: Any, value: Any, index: Any) -> str:
    names, at = names_of(value), number_of(index)
    return names[int(at)] if at == at and 0 <= at < len(names) else ""


def _int(_: Any, value: Any) -> int | float:
    number = number_of(value)
    return int(number) if math.isfinite(number) else number


def _round(_: Any, value: Any, places: Any = 0) -> int | float:
    number, digits = number_of(value), number_of(places)
    if not math.isfinite(number):
        return number
    if digits != digits or abs(digits) > 30:
        return NAN
    if abs(number) > 1e25:
        return number
    way = ROUND_HALF_DOWN if number < 0 else ROUND_HALF_UP  # XPath rounds halves up, towards positive infinity
    return float(Decimal(str(number)).quantize(Decimal(1).scaleb(-int(digits)), way, _EXACT))


def _whole(rounding: Callable[[float], int]) -> Callable[..., int | float]:
    def apply(_: Any, value: Any) -> int | float:
        number = number_of(value)
        return rounding(number) if math.isfinite(number) else number

    return apply


def _power(_: Any, base: Any, exponent: Any) -> float:
    try:
        return math.pow(number_of(base), number_of(exponent))
    except OverflowError:
        return math.inf
    except ValueError:
        return NAN


def _substr(_: Any, value: Any, start: Any, end: Any = None) -> str:
    words = text_of(value)
    first, last = number_of(start), len(words) if end is None else number_of(end)
    if not (math.isfinite(first) and math.isfinite(last)):
        return ""
    return words[int(first) : int(last)]


def _substring_before(_: Any, value: Any, part: Any) -> str:
    before, found, _after = text_of(value).partition(text_of(part) or "\0")
    return before if found else ""


def _substring_after(_: Any, value: Any, part: Any) -> str:
    return text_of(value).partition(text_of(part))[2] if text_of(part) else text_of(value)


def _translate(_: Any, value: Any, old: Any, new: Any) -> str:
    target = text_of(new)
    table: dict[int, str | None] = {}
    for at, character in enumerate(text_of(old)):
        table.setdefault(ord(character), target[at] if at < len(target) else None)
    return text_of(value).translate(table)


def _date(_: Any, value: Any) -> str:
    moment = moment_of(value)
    return "" if moment is None else moment.date().isoformat()


def _date_time(scope: Any, value: Any) -> str:
    moment = moment_of(value)
    return "" if moment is None else _in_zone(scope, moment).isoformat(timespec="seconds")


def _in_zone(scope: Any, moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=scope.now.tzinfo)


def _decimal_date_time(scope: Any, value: Any) -> int | float:
    if not isinstance(value, str):
        return number_of(value)
    moment = moment_of(value)
    return NAN if moment is None else _in_zone(scope, moment).astimezone(UTC).timestamp() / 86_400


def _decimal_time(_: Any, value: Any) -> float:
    moment = moment_of(value)
    return NAN if moment is None else (moment.hour * 3600 + moment.minute * 60 + moment.second) / 86_400


_FORMATS: dict[str, Callable[[datetime], str]] = {
    "%": lambda moment: "%",
    "Y": lambda moment: f"{moment.year:04}",
    "y": lambda moment: f"{moment.year % 100:02}",
    "m": lambda moment: f"{moment.month:02}",
    "n": lambda moment: str(moment.month),
    "b": lambda moment: _MONTHS[moment.month - 1],
    "d": lambda moment: f"{moment.day:02}",
    "e": lambda moment: str(moment.day),
    "H": lambda moment: f"{moment.hour:02}",
    "h": lambda moment: str(moment.hour),
    "M": lambda moment: f"{moment.minute:02}",
    "S": lambda moment: f"{moment.second:02}",
    "3": lambda moment: f"{moment.microsecond // 1000:03}",
    "a": lambda moment: _DAYS[moment.weekday()],
    "W": lambda moment: str(moment.isocalendar().week),
}


def check_date_format(form: str) -> str | None:
    """The fault of a format for format-date(), in words; None when nothing is."""
    at = form.find("%")
    while at >= 0:
        letter = form[at + 1 : at + 2]
        if letter not in _FORMATS or not letter:
            return f"“%{letter}” is no date format: there are {' '.join('%' + known for known in _FORMATS)}"
        at = form.find("%", at + 2)
    return None


def _format_date(_: Any, value: Any, form: Any) -> str:
    moment, words = moment_of(value), text_of(form)
    wrong = check_date_format(words)
    if wrong:
        raise ExpressionError(wrong)
    if moment is None:
        return ""
    pieces = words.replace("%%", "%\0").split("%")
    known = {**_FORMATS, "\0": _FORMATS["%"]}
    return pieces[0] + "".join(known[piece[0]](moment) + piece[1:] for piece in pieces[1:])


FUNCTIONS: dict[str, Function] = {
    "not": Function(1, 1, "b", lambda _, value: not truth_of(value)),
    "true": Function(0, 0, "", lambda _: True),
    "false": Function(0, 0, "", lambda _: False),
    "boolean": Function(1, 1, "b", lambda _, value: truth_of(value)),
    "boolean-from-string": Function(1, 1, "a", lambda _, value: text_of(value).lower() in ("true", "1")),
    "string": Function(1, 1, "a", lambda _, value: text_of(value)),
    "number": Function(1, 1, "n", lambda _, value: number_of(value)),
    "int": Function(1, 1, "n", _int),
    "round": Function(1, 2, "n", _round),
    "floor": Function(1, 1, "n", _whole(math.floor)),
    "ceiling": Function(1, 1, "n", _whole(math.ceil)),
    "abs": Function(1, 1, "n", lambda _, value: abs(number_of(value))),
    "pow": Function(2, 2, "n", _power),
    "min": Function(1, MANY, "n", lambda _, *values: min(_numbers(values), default=NAN)),
    "max": Function(1, MANY, "n", lambda _, *values: max(_numbers(values), default=NAN)),
    "sum": Function(1, MANY, "n", lambda _, *values: sum(_numbers(values))),
    "count": Function(1, MANY, "a", _count),
    "count-non-empty": Function(1, MANY, "a", _count),
    "selected": Function(2, 2, "as", _selected),
    "selected-at": Function(2, 2, "an", _selected_at),
    "count-selected": Function(1, 1, "a", lambda _, value: len(names_of(value))),
    "string-length": Function(1, 1, "s", lambda _, value: len(text_of(value))),
    "normalize-space": Function(1, 1, "s", lambda _, value: " ".join(text_of(value).split())),
    "concat": Function(1, MANY, "s", lambda _, *values: joined(_texts(values))),
    "join": Function(2, MANY, "s", lambda _, separator, *values: joined(_texts(values), text_of(separator))),
    "contains": Function(2, 2, "s", lambda _, value, part: text_of(part) in text_of(value)),
    "starts-with": Function(2, 2, "s", lambda _, value, part: text_of(value).startswith(text_of(part))),
    "ends-with": Function(2, 2, "s", lambda _, value, part: text_of(value).endswith(text_of(part))),
    "substr": Function(2, 3, "snn", _substr),
    "substring-before": Function(2, 2, "s", _substring_before),
    "substring-after": Function(2, 2, "s", _substring_after),
    "translate": Function(3, 3, "s", _translate),
    "today": Function(0, 0, "", lambda scope: scope.now.date().isoformat()),
    "now": Function(0, 0, "", lambda scope: scope.now.isoformat(timespec="seconds")),
    "date": Function(1, 1, "d", _date),
    "date-time": Function(1, 1, "d", _date_time),
    "decimal-date-time": Function(1, 1, "d", _decimal_date_time),
    "decimal-time": Function(1, 1, "d", _decimal_time),
    "format-date": Function(2, 2, "ds", _format_date),
    "format-date-time": Function(2, 2, "ds", _format_date),
    "random": Function(0, 0, "", lambda scope: scope.random.random()),
}

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": are_equal,
    "!=": lambda left, right: not are_equal(left, right),
    "<": lambda left, right: number_of(left) < number_of(right),
    "<=": lambda left, right: number_of(left) <= number_of(right),
    ">": lambda left, right: number_of(left) > number_of(right),
    ">=": lambda left, right: number_of(left) >= number_of(right),
}
