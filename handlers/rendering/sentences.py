"""The bot's own sentences by name, in a person's language; the words lie in languages/, a file a language."""

from typing import Any

from handlers.rendering.languages import en

DEFAULT_LANGUAGE = "en"
LANGUAGES = {"en": en}  # by IETF tag, as Telegram's `language_code`


def sentence(name: str, language: str, **values: Any) -> str:
    """The sentence with its values put in as plain text. Of a language that there is not (`pt-br`, "") the wider one speaks (`pt`),
    else English."""
    words: str = _find(language).SENTENCES[name]
    return words.format(**values) if values else words


def commands(language: str, is_admin: bool = False) -> dict[str, str]:
    """Every command that a person may use, by name, with what it does."""
    found = _find(language)
    known: dict[str, str] = found.COMMANDS | (found.ADMIN_COMMANDS if is_admin else {})
    return known


def _find(language: str) -> Any:
    return LANGUAGES.get(language) or LANGUAGES.get(language.partition("-")[0]) or en
