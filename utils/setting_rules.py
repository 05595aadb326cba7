"""The values that settings may have. Each rule says in words what it must be, so that whoever set it can mend it."""

import math
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic_core import PydanticCustomError

Rule = Callable[[Any], Any]

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")  # https://core.telegram.org/bots/api#setwebhook


def wrong(words: str, value: object = None) -> PydanticCustomError:
    """The error of a rule; `value` is quoted unless it may be a secret."""
    said = words if value is None else f'{words} (is "{str(value)[:60]}")'
    return PydanticCustomError("setting", "{said}", {"said": said})


def whole(low: int, high: int) -> Rule:
    """A whole number between the two, both included."""

    def check(value: Any) -> int:
        if re.fullmatch(r"[+-]?\d{1,18}", str(value).strip()) and low <= int(value) <= high:
            return int(value)
        raise wrong(f"must be a whole number from {low} to {high}", value)

    return check


def seconds(high: float, unit: str = "seconds") -> Rule:
    """More than 0 seconds (or another unit), at most `high`."""

    def check(value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if 0 < number <= high:
            return number
        raise wrong(f"must be a number of {unit} above 0, at most {high:g}", value)

    return check


def one_of(*words: str, upper: bool = False) -> Rule:
    """One of these words, whichever their case."""

    def check(value: Any) -> str:
        word = str(value).strip()
        word = word.upper() if upper else word.lower()
        if word not in words:
            raise wrong(f"must be {', '.join(words[:-1])} or {words[-1]}", value)
        return word

    return check


def web_address(value: Any) -> str:
    """An http(s) address; gives it without slashes at its end. Empty stays empty."""
    text = str(value).strip().rstrip("/")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not parts.query and not parts.fragment
    except ValueError:  # a port that is no number, half an IPv6 address
        good = False
    if not good or any(char.isspace() for char in text):
        raise wrong("must be an address that begins with http:// or https://", value)
    return text


def time_zone(value: Any) -> str:
    """A name of the IANA time zone database."""
    name = str(value).strip()
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no relative path, a folder of the database
        import difflib  # here, because only a mistake needs it

        near = difflib.get_close_matches(name, available_timezones(), 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise wrong(f"must be a time zone such as Asia/Jerusalem or UTC{hint}", value) from None
    return name


def person_ids(value: Any) -> frozenset[int]:
    """Telegram ids of people: positive numbers with commas between."""
    if isinstance(value, frozenset):
        return value
    parts = [part.strip() for part in str(value).split(",") if part.strip()]
    for part in parts:
        if not re.fullmatch(r"[1-9]\d{0,15}", part):
            raise wrong("must be numeric Telegram ids with commas between, such as 123456789,987654321; no names", part)
    return frozenset(int(part) for part in parts)


def bot_token(value: Any) -> Any:
    """As @BotFather gives it; never quoted."""
    if value and not _TOKEN.fullmatch(str(value).strip()):
        raise wrong("must be the token as @BotFather gave it: digits, a colon, letters and digits")
    return value.strip() if isinstance(value, str) else value


def webhook_secret(value: Any) -> Any:
    """A value that Telegram takes as secret_token; never quoted."""
    if value and not _WEBHOOK_SECRET.fullmatch(str(value)):
        raise wrong("must be 16 to 256 of the characters A-Z a-z 0-9 _ - (a shorter one can be guessed)")
    return value


def mongo_address(value: Any) -> Any:
    """A MongoDB address; never quoted, it may have a password in it."""
    if value and not str(value).startswith(("mongodb://", "mongodb+srv://")):
        raise wrong("must begin with mongodb:// or mongodb+srv://")
    return value


def database_address(value: Any) -> Any:
    """An address of a store; never quoted, it may have a password in it."""
    if not str(value).startswith(("sqlite:///", "mongodb://", "mongodb+srv://")):
        raise wrong("must begin with sqlite:///, mongodb:// or mongodb+srv://")
    return value
