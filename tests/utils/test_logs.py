"""Logging: one format, JSON on request, and never a secret."""

import json
import logging
import re

import pytest

from utils.logs import QUIET, configure_logging

TOKEN = "123456789:AAbbccDDeeffGGhhIIjjKKllMMnnOOppQQr"
PASSWORD = "p\"a\\ss'wörd"


@pytest.fixture(autouse=True)
def restored():
    """Gives the loggers back as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in QUIET}
    yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


both_formats = pytest.mark.parametrize("format", ["text", "json"])


def make_logger(format):
    """A logger that knows the token and a nasty password (made in the test, when standard error is captured)."""
    configure_logging("DEBUG", format, [TOKEN, PASSWORD, ""])
    return logging.getLogger("waymark.intake")


def test_text_lines(capsys):
    """Time, level, logger, words; to standard error."""
    configure_logging("INFO", "text")
    logging.getLogger("waymark.intake").info("taken %d", 3)
    logging.getLogger("waymark.intake").debug("hidden")
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO waymark\.intake: taken 3\n", err)


def test_json_lines(capsys):
    """One object a line, with what the call gave beside its words, and the traceback inside."""
    configure_logging("INFO", "json")
    try:
        raise KeyError("here")
    except KeyError:
        logging.getLogger("waymark.intake").exception("ünlucky", extra={"count": 3})
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    entry = json.loads(lines[0])
    assert (entry["level"], entry["logger"], entry["message"], entry["count"]) == ("ERROR", "waymark.intake", "ünlucky", 3)
    assert "KeyError: 'here'" in entry["exc_info"]
    assert "timestamp" in entry


@both_formats
def test_secrets_are_masked_everywhere(format, capsys):
    """In words, arguments, inside lists, fields, exceptions and their causes, stacks; the rest of the line stays."""
    logger = make_logger(format)
    logger.info(f"token {TOKEN} first")
    logger.info("argument %s second", TOKEN)
    logger.info("inside %s third", {"uri": [f"mongodb://ana:{PASSWORD}@db"]})
    logger.info("field fourth", extra={"address": f"/bot{TOKEN}/getMe", "more": {"deep": PASSWORD}})
    try:
        try:
            raise OSError(f"no way to {PASSWORD}")
        except OSError as cause:
            raise ValueError(TOKEN) from cause
    except ValueError:
        logger.exception("fifth")
    error = capsys.readouterr().err
    for word in ("first", "second", "third", "fourth", "fifth", "ValueError", "no way to ***", "***"):
        assert word in error
    assert "AAbbcc" not in error
    assert "wörd" not in error
    assert 'p"a' not in error


@both_formats
def test_tokens_of_others_are_masked_by_their_looks(format, capsys):
    """In an address or alone; a time of the day is no token."""
    logger = make_logger(format)
    logger.info("https://api.telegram.org/bot77:AbC-_9/getUpdates at 12:30:00")
    logger.info("987654321:ZZbbccDDeeffGGhhIIjjKKllMMnnOOppQQr")
    error = capsys.readouterr().err
    assert "/bot***/getUpdates at 12:30:00" in error
    assert "AbC" not in error
    assert "ZZbb" not in error


@both_formats
def test_a_line_that_cannot_be_made_shows_no_arguments(format, capsys):
    """Python's own handler would print them to standard error as they are."""
    logger = make_logger(format)
    logger.info("count %d of " + TOKEN, PASSWORD)
    error = capsys.readouterr().err
    assert "a line can't be logged" in error
    assert "test_logs.py" in error
    assert "count %d of ***" in error
    assert "wörd" not in error
    assert len(error.splitlines()) == 1


@both_formats
def test_libraries_stay_quiet_even_at_debug(format, capsys):
    """Telegram's, httpx' and aiohttp's lines hold addresses and what people wrote; their warnings come through."""
    make_logger(format)
    for name in ("telegram.ext.Application", "httpx", "aiohttp.access"):
        logging.getLogger(name).info("hidden")
        logging.getLogger(name).warning("shown by %s", name)
    error = capsys.readouterr().err
    assert "hidden" not in error
    assert error.count("shown by") == 3


def test_libraries_do_not_speak_louder_than_the_program(capsys):
    """At ERROR their warnings go, too."""
    configure_logging("ERROR", "text")
    logging.getLogger("httpx").warning("hidden")
    assert capsys.readouterr().err == ""


def test_configured_twice_logs_once(capsys):
    """The second replaces the first."""
    configure_logging("INFO", "json")
    configure_logging("INFO", "text")
    logging.getLogger("waymark").info("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(("level", "format"), [("LOUD", "text"), ("INFO", "xml")])
def test_unknown_words_are_refused(level, format):
    """They come checked from the settings; anything else is a mistake of ours."""
    with pytest.raises(ValueError, match=r"LOUD|xml"):
        configure_logging(level, format)
