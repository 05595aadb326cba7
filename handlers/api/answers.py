"""Telegram's answers: a result, or why there is none."""

from typing import Any

import orjson

from handlers.api.connections import CutOff, NotSent
from handlers.api.lenient import read_leniently

_WORDS: dict[type[BaseException], str] = {
    NotSent: "can't be reached",
    CutOff: "the connection broke off",
    TimeoutError: "no answer in time",
}


class ApiError(Exception):
    """Telegram refused a call. `retry_after` is set (seconds) for 429."""

    def __init__(self, method: str, code: int, description: str, retry_after: float = 0.0) -> None:
        super().__init__(f"{method}: {code} {description}")
        self.method, self.code, self.description, self.retry_after = method, code, description, retry_after


class TokenRefused(Exception):
    """Telegram does not know this token (any more)."""


class Unreachable(Exception):
    """No usable answer. `maybe_done`: the call may have been carried out all the same: a lost answer looks like a lost call."""

    def __init__(self, method: str, cause: BaseException | str, maybe_done: bool) -> None:
        words = cause if isinstance(cause, str) else _WORDS.get(type(cause), type(cause).__name__)
        super().__init__(f"{method}: {words}")
        self.method, self.maybe_done = method, maybe_done


class Garbled(Unreachable):
    """Telegram's answer, whose JSON nobody can read. `body` is what came."""

    def __init__(self, method: str, body: bytes) -> None:
        super().__init__(method, "an answer that can't be read", maybe_done=True)
        self.body = body


def read_answer(method: str, status: int, body: bytes) -> Any:
    """`result`, or ApiError; what is not Telegram's JSON (a proxy's error page) is Unreachable."""
    try:
        answer = _read_json(method, body)
        if status == 200 and answer["ok"] is True:
            return answer["result"]
        code, description = int(answer["error_code"]), str(answer["description"])
    except (ValueError, KeyError, TypeError):
        raise Unreachable(method, f"HTTP {status} without Telegram's JSON", maybe_done=status < 400 or status >= 500) from None
    if code >= 500:
        raise Unreachable(method, f"HTTP {code} {description}", maybe_done=True)
    parameters = answer.get("parameters") or {}
    retry_after = float(parameters.get("retry_after") or (1.0 if code == 429 else 0.0))
    raise ApiError(method, code, description, retry_after)


def _read_json(method: str, body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if not body.startswith(b'{"ok":'):
            raise
    try:
        return read_leniently(body)
    except ValueError:
        raise Garbled(method, body) from None
