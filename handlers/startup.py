"""A start's own work: who are we, which commands people see, and what is loaded beside the first turns."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from telegram import BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import TelegramError
from telegram.ext import ExtBot

from flow.times.zones import City
from handlers.api.answers import ApiError, TokenRefused, Unreachable
from handlers.api.errors import describe
from handlers.api.transport import Telegram
from handlers.rendering.richtext import render_markdown
from handlers.rendering.sentences import DEFAULT_LANGUAGE, LANGUAGES, commands
from handlers.visit.catalogue import Catalogue
from handlers.visit.cities import Cities, load_zone_cities
from handlers.visit.clocks import Clocks
from utils.outages import Outage
from utils.process import read_process

logger = logging.getLogger("waymark.startup")

CITY_LANGUAGES = ("ar", "de", "en", "es", "fa", "fr", "he", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "zh")


async def meet(telegram: Telegram) -> Mapping[str, Any]:
    """Telegram's `User` of this bot; waits while Telegram can't be reached. Raises TokenRefused."""
    return await Outage("Telegram", logger, Unreachable, ApiError).insist(lambda: _ask_who_we_are(telegram))


async def _ask_who_we_are(telegram: Telegram) -> Mapping[str, Any]:
    try:
        me: Mapping[str, Any] = await telegram.call("getMe", {})
    except ApiError as error:
        if error.code in (401, 404):
            raise TokenRefused(str(error)) from error
        raise
    return me


async def announce_commands(bot: ExtBot[None], admins: frozenset[int]) -> None:
    """The commands in Telegram's own menu; an admin sees more of them in their chat. Cosmetic, so a refusal is only logged."""
    try:
        for language in LANGUAGES:
            code = None if language == DEFAULT_LANGUAGE else language  # None: for everybody who has none of their own
            everybody, theirs = list(commands(language).items()), list(commands(language, is_admin=True).items())
            await bot.set_my_commands(everybody, scope=BotCommandScopeAllPrivateChats(), language_code=code)
            for admin in sorted(admins):
                await bot.set_my_commands(theirs, scope=BotCommandScopeChat(admin), language_code=code)
    except TelegramError as error:  # an admin who never wrote to the bot has no chat yet
        logger.info("the list of commands is not complete: %s", error)


async def make_ready(catalogue: Catalogue, clocks: Clocks) -> None:
    """Load what the first turns can do without, or make themselves if they come sooner."""
    await asyncio.to_thread(read_process)  # from here on /stats counts the CPU
    await asyncio.to_thread(_compile, catalogue)
    languages = frozenset((*CITY_LANGUAGES, *catalogue.languages))
    try:
        await clocks.learn(lambda: asyncio.to_thread(_load_cities, languages))
    except (ImportError, OSError, ValueError, LookupError) as error:  # all but the choice of a zone goes on
        logger.error("the names of cities can't be loaded, nobody can choose a time zone: %s", describe(error))


def load_first() -> tuple[City, ...]:
    """The zones; and the Markdown parser, which no turn may load: while a thread is at it too, the turn waits, with everybody."""
    render_markdown("")
    return load_zone_cities()


def _compile(catalogue: Catalogue) -> None:
    for programme in list(catalogue.live.values()):
        programme.plans  # noqa: B018 (made by being asked for)


def _load_cities(languages: frozenset[str]) -> Cities:
    from handlers.visit.city_names import load_cities  # here, so that the start doesn't wait for Babel

    return load_cities(languages)
