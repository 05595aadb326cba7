"""How the program logs: to standard error, as text or JSON, never with a secret in it.

Secrets are masked in the finished line, so arguments, tracebacks, stacks and JSON fields are all covered. So is the message about a
line that can't be made. Handlers that others add later are not covered.
"""

import contextlib
import json
import logging
import re
import sys
from collections.abc import Sequence
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

MASK = "***"
TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
JSON_FIELDS = "{asctime}{levelname}{name}{message}"

# Libraries that log addresses (with the token in them) or whole updates (with what people wrote) below WARNING.
QUIET = ("telegram", "httpx", "httpcore", "aiohttp", "asyncio", "pymongo", "motor", "aiosqlite", "stamina", "PIL")

# A token whoever it belongs to: https://core.telegram.org/bots/api#authorizing-your-bot (digits, a colon, 35 characters)
_TOKENS = (re.compile(r"(?<=/bot)\d+:[A-Za-z0-9_-]+"), re.compile(r"\b\d{6,12}:[A-Za-z0-9_-]{30,}"))

SHORTEST = 6  # characters of a secret that is masked wherever it stands


class Masker:
    """Puts `***` for each secret and for whatever looks like a bot's token. Secrets of a few letters are passed over: they stand in
    every other word, and what holds them, such as a database's address, is a secret as a whole."""

    def __init__(self, secrets: Sequence[str]) -> None:
        forms = {form for secret in secrets if len(secret.strip()) >= SHORTEST for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)  # one may begin another
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def mask(self, text: str) -> str:
        """The text without secrets."""
        if self._secrets is not None:
            text = self._secrets.sub(MASK, text)
        for token in _TOKENS:
            text = token.sub(MASK, text)
        return text


def _forms(secret: str) -> set[str]:
    """As it is and as it looks inside a list or a dict, both also inside JSON."""
    plain = {secret, repr(secret)[1:-1]}
    return plain | {json.dumps(form, ensure_ascii=False)[1:-1] for form in plain}


class TextLines(logging.Formatter):
    """`2026-11-24 10:00:00,123 INFO waymark.intake: words`."""

    def __init__(self, masker: Masker) -> None:
        super().__init__(TEXT)
        self._masker = masker

    def format(self, record: logging.LogRecord) -> str:
        """The finished line, masked."""
        return self._masker.mask(super().format(record))


class JsonLines(JsonFormatter):
    """One object a line: timestamp, level, logger, message, and what a call gave as `extra`."""

    def __init__(self, masker: Masker) -> None:
        renamed = {"asctime": "timestamp", "levelname": "level", "name": "logger"}
        super().__init__(JSON_FIELDS, style="{", rename_fields=renamed, json_ensure_ascii=False)
        self._masker = masker

    def format(self, record: logging.LogRecord) -> str:
        """The finished line, masked."""
        return self._masker.mask(super().format(record))


class MaskedStream(logging.StreamHandler[TextIO]):
    """Standard error. Python's own handler shows the arguments of a line that it fails to make; this one doesn't."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say where the line came from and what it was to say, without its arguments (the exception may quote them, too)."""
        words = f"{record.name}: a line can't be logged, {record.pathname}:{record.lineno}: {record.msg!s:.200}"
        with contextlib.suppress(OSError, ValueError):  # standard error itself is gone: there is nowhere left to say it
            self.stream.write(
                self.format(logging.makeLogRecord({"name": "waymark.logs", "levelname": "ERROR", "msg": words})) + self.terminator
            )
            self.flush()


def configure_logging(level: str, format: str, secrets: Sequence[str] = ()) -> None:
    """Log to standard error from `level` up; `format` is text or json; `secrets` appear nowhere. Replaces what was set up before.

    Raises ValueError for an unknown level or format.
    """
    if format not in ("text", "json"):
        raise ValueError(f"unknown log format {format!r}")
    masker = Masker(secrets)
    handler = MaskedStream(sys.stderr)
    handler.setFormatter(JsonLines(masker) if format == "json" else TextLines(masker))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
