"""Every setting of the program, from the environment and the file `.env`: checked at once, told by name.

The environment comes in as an argument, so that tests never touch the process's own.
"""

import logging
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from utils import setting_rules as rules

logger = logging.getLogger("waymark.settings")

TELEGRAM = "https://api.telegram.org"
DAY = 86_400_000  # milliseconds

Milliseconds = Annotated[int, BeforeValidator(rules.whole(1, DAY))]
Timeout = Annotated[float, BeforeValidator(rules.seconds(600))]
Port = Annotated[int, BeforeValidator(rules.whole(1, 65535))]


class SettingsError(Exception):
    """One line per problem, each beginning with its variable and saying how to mend it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """One field a variable, the same name in lower case. An empty value counts as unset."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",  # .env may hold what is for others, such as Docker Compose
        validate_default=True,
        enable_decoding=False,  # else a list that is no JSON hides every other problem
        env_ignore_empty=True,
        env_file_encoding="utf-8-sig",  # as Windows' Notepad writes it
        hide_input_in_errors=True,
    )

    bot_token: Annotated[SecretStr, BeforeValidator(rules.bot_token)] = SecretStr("")
    bot_api_url: Annotated[str, BeforeValidator(rules.web_address)] = TELEGRAM
    database_url: Annotated[str, BeforeValidator(rules.database_address), Field(repr=False)] = "sqlite:///data/waymark.db"
    mongo_uri: Annotated[SecretStr, BeforeValidator(rules.mongo_address)] = SecretStr("")
    mongo_db: str = "waymark"
    mongo_driver: Annotated[str, BeforeValidator(rules.one_of("motor", "pymongo"))] = "motor"
    mongo_max_pool_size: Annotated[int, BeforeValidator(rules.whole(1, 10_000))] = 50
    mongo_min_pool_size: Annotated[int, BeforeValidator(rules.whole(0, 10_000))] = 10
    mongo_max_idle_ms: Milliseconds = 30_000
    mongo_wait_queue_ms: Milliseconds = 5_000
    mongo_connect_ms: Milliseconds = 5_000
    mongo_server_selection_ms: Milliseconds = 5_000
    telegram_read_timeout: Timeout = 30.0
    telegram_write_timeout: Timeout = 30.0
    telegram_connect_timeout: Timeout = 30.0
    telegram_pool_timeout: Timeout = 30.0
    concurrent_updates: Annotated[int, BeforeValidator(rules.whole(1, 65536))] = 4096
    programmes: Path = Path("programmes")
    data_dir: Path = Path("data")
    default_timezone: Annotated[str, BeforeValidator(rules.time_zone)] = "UTC"
    remind_late_hours: Annotated[float, BeforeValidator(rules.seconds(24, "hours"))] = 3.0
    admin_ids: Annotated[frozenset[int], BeforeValidator(rules.person_ids)] = frozenset()
    slow_operation_seconds: Annotated[float, BeforeValidator(rules.seconds(3600))] = 1.0
    log_level: Annotated[str, BeforeValidator(rules.one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", upper=True))] = "INFO"
    log_format: Annotated[str, BeforeValidator(rules.one_of("text", "json"))] = "text"
    mode: Annotated[str, BeforeValidator(rules.one_of("polling", "webhook"))] = "polling"
    webhook_url: Annotated[str, BeforeValidator(rules.web_address)] = ""
    webhook_secret: Annotated[SecretStr, BeforeValidator(rules.webhook_secret)] = SecretStr("")
    web_host: str = "127.0.0.1"
    web_port: Port | None = None
    demo_port: Port = 8090

    @field_validator("webhook_url", "webhook_secret", "web_port")
    @classmethod
    def _check_needed(cls, value: Any, info: ValidationInfo) -> Any:
        """Fields are checked in the order above, so that the mode is known here (unless it is wrong itself)."""
        if value in (None, "", SecretStr("")) and info.data.get("mode") == "webhook":
            raise rules.wrong("is needed with MODE=webhook")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _check_webhook(cls, value: str, info: ValidationInfo) -> str:
        if value.startswith("http://") and info.data.get("bot_api_url") == TELEGRAM:
            raise rules.wrong("must begin with https://: Telegram calls no other (a Bot API server of your own does)", value)
        return value

    @field_validator("mongo_min_pool_size")
    @classmethod
    def _check_pool(cls, value: int, info: ValidationInfo) -> int:
        most = info.data.get("mongo_max_pool_size", value)
        if value > most:
            raise rules.wrong(f"must not be above MONGO_MAX_POOL_SIZE, which is {most}", value)
        return value

    @property
    def store_address(self) -> str:
        """Where people are kept: MONGO_URI wins over DATABASE_URL. May have a password in it."""
        return self.mongo_uri.get_secret_value() or self.database_url

    @property
    def shown_store(self) -> str:
        """The same without the password, for the log and for people."""
        mongo = self.mongo_uri.get_secret_value()
        if not mongo:
            return self.database_url
        scheme, _, rest = mongo.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}, database {self.mongo_db}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The values that `load_settings` hands in, then `.env`; nothing else is looked at."""
        return init_settings, dotenv_settings


def load_settings(environ: Mapping[str, str] | None = None, env_file: str | Path | None = ".env") -> Settings:
    """From `environ` (the process's own if None), for what it lacks from `env_file` if there is one, else the defaults.

    Raises SettingsError with every problem at once. Warns of an `env_file` that others can read.
    """
    _check_private(env_file)
    _warn_of_unknown(env_file)
    fields = Settings.model_fields
    named = {name.lower(): value for name, value in (os.environ if environ is None else environ).items() if name.lower() in fields}
    given = {name: value if value.strip() else fields[name].default for name, value in named.items()}  # empty: not `.env`'s either
    build: Any = Settings  # its arguments are texts still
    try:
        settings = build(_env_file=env_file, **given)
    except ValidationError as error:
        raise SettingsError([_describe(problem) for problem in error.errors(include_input=False)]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{env_file}: can't be read: {error}"]) from None
    assert isinstance(settings, Settings)
    return settings


def _describe(problem: Mapping[str, Any]) -> str:
    return f"{str(problem['loc'][0]).upper()}: {problem['msg']}"


def _warn_of_unknown(env_file: str | Path | None) -> None:
    """A name in the file that nothing reads is mostly a misspelt one."""
    path = Path(env_file) if env_file else None
    if path is None or not path.is_file():
        return
    from dotenv import dotenv_values  # here, so that a start without the file does without

    known = [name.upper() for name in Settings.model_fields]
    try:
        names = dotenv_values(path)
    except (OSError, UnicodeDecodeError):
        return  # the settings themselves tell of it
    for name in names:
        if name.upper() not in known:
            import difflib  # here: names are mostly right

            near = difflib.get_close_matches(name.upper(), known, 1)
            logger.warning("%s: there is no setting %s%s", path, name, f"; did you mean {near[0]}?" if near else "")


def _check_private(env_file: str | Path | None) -> None:
    path = Path(env_file) if env_file else None
    if path is None or not path.is_file():
        return
    if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        logger.warning("%s can be read by others on this machine; it may hold the token: chmod 600 %s", path, path)
