"""Settings: defaults, where values come from, and what is said about wrong ones."""

import logging
import re
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr

from utils.settings import Settings, SettingsError, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
TOKEN = "123456789:AAbbccDDeeffGGhhIIjjKKllMMnnOOppQQr"


def load(**environ):
    return load_settings(environ, None)


def problems_of(**environ):
    with pytest.raises(SettingsError) as caught:
        load(**environ)
    return str(caught.value).splitlines()


def problem_of(**environ):
    problems = problems_of(**environ)
    assert len(problems) == 1
    return problems[0]


def test_nothing_set_gives_the_defaults():
    """A checkout without any setting can serve the demo."""
    settings = load()
    assert settings.bot_token.get_secret_value() == ""
    assert settings.bot_api_url == "https://api.telegram.org"
    assert settings.store_address == "sqlite:///data/waymark.db"
    assert (settings.concurrent_updates, settings.slow_operation_seconds, settings.demo_port) == (4096, 1.0, 8090)
    assert (settings.admin_ids, settings.web_port, settings.mode) == (frozenset(), None, "polling")


def test_every_value_can_be_set():
    """From texts, as an environment has them."""
    settings = load(
        BOT_TOKEN=f" {TOKEN} ",
        BOT_API_URL="http://127.0.0.1:8081/",
        MONGO_URI="mongodb://ana:hush@db/",
        ADMIN_IDS="11, 22,",
        TELEGRAM_READ_TIMEOUT="2.5",
        LOG_LEVEL="debug",
        LOG_FORMAT="JSON",
        WEB_PORT="8080",
        DEFAULT_TIMEZONE="Asia/Jerusalem",
        PROGRAMMES="/srv/programmes",
    )
    assert settings.bot_token.get_secret_value() == TOKEN
    assert settings.bot_api_url == "http://127.0.0.1:8081"
    assert settings.store_address == "mongodb://ana:hush@db/"
    assert settings.admin_ids == {11, 22}
    assert (settings.telegram_read_timeout, settings.web_port) == (2.5, 8080)
    assert (settings.log_level, settings.log_format) == ("DEBUG", "json")
    assert settings.programmes == Path("/srv/programmes")


def test_an_empty_value_is_unset():
    """`WEB_PORT=` in a file or an environment is no mistake."""
    assert load(**{name.upper(): "" for name in Settings.model_fields}) == load()


def test_every_problem_is_told_at_once_by_its_variable():
    """In the order of the settings, one line each."""
    problems = problems_of(CONCURRENT_UPDATES="many", LOG_LEVEL="loud", ADMIN_IDS="11,@bob", MODE="webhook")
    assert problems == [
        'CONCURRENT_UPDATES: must be a whole number from 1 to 65536 (is "many")',
        'ADMIN_IDS: must be numeric Telegram ids with commas between, such as 123456789,987654321; no names (is "@bob")',
        'LOG_LEVEL: must be DEBUG, INFO, WARNING, ERROR or CRITICAL (is "loud")',
        "WEBHOOK_URL: is needed with MODE=webhook",
        "WEBHOOK_SECRET: is needed with MODE=webhook",
        "WEB_PORT: is needed with MODE=webhook",
    ]


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CONCURRENT_UPDATES", "0", "from 1 to 65536"),
        ("CONCURRENT_UPDATES", "4096.5", "from 1 to 65536"),
        ("WEB_PORT", "65536", "from 1 to 65535"),
        ("MONGO_CONNECT_MS", "-1", "from 1 to"),
        ("MONGO_MIN_POOL_SIZE", "51", "not be above MONGO_MAX_POOL_SIZE, which is 50"),
        ("TELEGRAM_POOL_TIMEOUT", "0", "seconds above 0"),
        ("SLOW_OPERATION_SECONDS", "nan", "seconds above 0"),
        ("SLOW_OPERATION_SECONDS", "inf", "seconds above 0"),
        ("DEFAULT_TIMEZONE", "Asia/Jerusalm", "did you mean Asia/Jerusalem?"),
        ("DEFAULT_TIMEZONE", "../../etc/passwd", "must be a time zone"),
        ("DEFAULT_TIMEZONE", "America", "must be a time zone"),
        ("BOT_API_URL", "ftp://example.org", "http:// or https://"),
        ("BOT_API_URL", "api.telegram.org", "http:// or https://"),
        ("BOT_API_URL", "https://", "http:// or https://"),
        ("BOT_API_URL", "http://host:port", "http:// or https://"),
        ("DATABASE_URL", "postgres://db/x", "must begin with sqlite:///"),
        ("MONGO_DRIVER", "mongoose", "must be motor or pymongo"),
        ("MODE", "push", "must be polling or webhook"),
        ("LOG_FORMAT", "xml", "must be text or json"),
        ("ADMIN_IDS", "0", "numeric Telegram ids"),
        ("ADMIN_IDS", "-100", "numeric Telegram ids"),
        ("WEBHOOK_SECRET", "no spaces in this one", "A-Z a-z 0-9 _ -"),
        ("WEBHOOK_SECRET", "fifteen-letters", "16 to 256"),
        ("WEBHOOK_URL", "http://bot.example.org", "must begin with https://"),
    ],
)
def test_each_wrong_value_is_named_and_can_be_mended(variable, value, words):
    """One problem, one line, which begins with the variable."""
    problem = problem_of(**{variable: value})
    assert problem.startswith(f"{variable}: ")
    assert words in problem


def test_a_bot_api_server_of_ones_own_may_call_by_http():
    """It stands beside the bot; Telegram itself calls https only."""
    settings = load(BOT_API_URL="http://127.0.0.1:8081", WEBHOOK_URL="http://127.0.0.1:8080/hook")
    assert settings.webhook_url == "http://127.0.0.1:8080/hook"


def test_secrets_are_never_shown():
    """Neither in the repr of the settings, nor in what is said about a wrong one."""
    settings = load(
        BOT_TOKEN=TOKEN,
        MONGO_URI="mongodb://ana:hush@db/",
        DATABASE_URL="mongodb://ben:quiet@db/",
        WEBHOOK_SECRET="whisper-whisper-whisper",
    )
    for shown in (repr(settings), str(settings)):
        assert not re.search("AAbbcc|hush|quiet|whisper", shown)
    wrong = problems_of(BOT_TOKEN="hush hush", MONGO_URI="mysql://hush", DATABASE_URL="mysql://hush", WEBHOOK_SECRET="hush hush")
    assert len(wrong) == 4
    assert "hush" not in "".join(wrong)


def test_the_environment_wins_over_the_file(tmp_path):
    """What neither has is a default; what is for others in the file is left alone; Windows' mark at its beginning, too."""
    file = tmp_path / ".env"
    file.write_text("﻿BOT_TOKEN=1:file\nWEB_PORT=81\nLOG_LEVEL=\nCOMPOSE_PROJECT_NAME=x\n", encoding="utf-8")
    file.chmod(0o600)
    settings = load_settings({"WEB_PORT": "82"}, file)
    assert (settings.bot_token.get_secret_value(), settings.web_port, settings.log_level) == ("1:file", 82, "INFO")


def test_the_process_environment_is_read_when_none_is_given(monkeypatch):
    """And only then."""
    monkeypatch.setenv("WEB_PORT", "8123")
    assert load_settings(None, None).web_port == 8123
    assert load_settings({}, None).web_port is None


def test_a_file_that_is_no_text_is_told(tmp_path):
    """One line, no traceback."""
    file = tmp_path / ".env"
    file.write_bytes(b"BOT_TOKEN=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"\.env: can't be read"):
        load_settings({}, file)


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_a_file_that_others_can_read_is_warned_of(tmp_path, caplog, mode, warned):
    """It may hold the token."""
    file = tmp_path / ".env"
    file.write_text("WEB_PORT=81\n")
    file.chmod(mode)
    caplog.set_level(logging.WARNING, "waymark.settings")
    load_settings({}, file)
    assert ["chmod 600" in line for line in caplog.messages] == [True] * warned


def example_values():
    """Variable -> value of .env.example, commented out or not."""
    found = re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)
    assert len(found) == len(dict(found)), "a variable stands there twice"
    return dict(found)


def test_the_example_lists_every_setting_and_no_other():
    """Each with one line above that explains it."""
    assert set(example_values()) == {name.upper() for name in Settings.model_fields}
    lines = EXAMPLE.read_text().splitlines()
    for before, line in pairwise(lines):
        if re.match(r"(# )?[A-Z_]+=", line):
            assert re.match(r"# \S.* .*[.\-]$", before), f"{line} has no explanation"


def test_the_example_holds_the_defaults():
    """What is unset by default is commented out; what is not gives the same settings as nothing at all."""
    set_there = dict(re.findall(r"^([A-Z_]+)=(.+)$", EXAMPLE.read_text(), re.MULTILINE))
    for name, field in Settings.model_fields.items():
        empty = field.default in (None, "", SecretStr(""), frozenset())
        assert (name.upper() in set_there) is not empty
    assert load_settings({}, EXAMPLE) == load() == load_settings(set_there, None)


def test_what_is_empty_in_the_environment_keeps_the_file_away(tmp_path):
    """The demo clears MONGO_URI like this: it must never reach the database that `.env` names."""
    file = tmp_path / ".env"
    file.write_text("MONGO_URI=mongodb://production.example\nWEB_PORT=9999\nDEMO_PORT=8095\n", encoding="utf-8")
    file.chmod(0o600)
    settings = load_settings({"MONGO_URI": "", "WEB_PORT": " "}, file)
    assert settings.store_address == "sqlite:///data/waymark.db"
    assert (settings.web_port, settings.demo_port) == (None, 8095)


def test_a_name_that_no_setting_has_is_told_of_with_the_nearest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / ".env"
    file.touch(0o600)
    file.write_text("ADMINS_IDS=7\nLOG_LEVEL=INFO\nFOREIGN_THING=1\n", encoding="utf-8")
    load_settings({}, file)
    assert [record.message.partition(": ")[2] for record in caplog.records] == [
        "there is no setting ADMINS_IDS; did you mean ADMIN_IDS?",
        "there is no setting FOREIGN_THING",
    ]
