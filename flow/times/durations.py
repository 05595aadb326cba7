"""Spans (`2s`, `15m`, `4h`, `7d`) and times of day (`19:00`) as an author writes them."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_SPAN = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([smhd])", re.ASCII)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
LONGEST = 366 * 86_400


def parse_duration(text: Any) -> float:
    """Seconds of `2s`, `15m`, `4h`, `1.5h` or `7d`. Raises ValueError for anything else and for more than 366 days."""
    match = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"a time span is a number and s, m, h or d, like 2s, 15m, 4h or 7d; not {_shown(text)}")
    seconds = float(match[1]) * _SECONDS[match[2]]
    if seconds > LONGEST:
        raise ValueError("a time span is at most 366 days")
    return seconds


def parse_clock(text: Any) -> str:
    """`HH:MM` of `19:00` or `9:05`. Raises ValueError for anything else."""
    match = _CLOCK.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"a time of day is written like 19:00; not {_shown(text)}")
    return f"{int(match[1]):02}:{match[2]}"


def _shown(value: Any) -> str:
    return f"“{str(value)[:40]}”"


Duration = Annotated[float, BeforeValidator(parse_duration, json_schema_input_type=str)]
Clock = Annotated[str, BeforeValidator(parse_clock, json_schema_input_type=str)]
