"""The first words with Telegram at a start: who are we, and which commands people see."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from telegram import BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import TelegramError
from telegram.ext import ExtBot

from handlers.api.transport import ApiError, Telegram, TokenRefused, Unreachable
from handlers.rendering.sentences import ADMIN_COMMANDS, COMMANDS
from utils.outages import Outage, backoff

logger = logging.getLogger("waymark.greeting")


async def meet(telegram: Telegram) -> Mapping[str, Any]:
    """Telegram's `User` of this bot; waits while Telegram can't be reached. Raises TokenRefused."""
    away, attempt = Outage("Telegram", logger), 0
    while True:
        try:
            me: Mapping[str, Any] = await telegram.call("getMe", {})
            away.over()
            return me
        except Unreachable as error:
            away.report(error)
        except ApiError as error:
            if error.code in (401, 404):
                raise TokenRefused(str(error)) from error
            away.report(error)
        await asyncio.sleep(backoff(attempt + 2))
        attempt += 1


async def announce_commands(bot: ExtBot[None], admins: frozenset[int]) -> None:
    """The commands in Telegram's own menu; an admin sees more of them in their chat. Cosmetic, so a refusal is only logged."""
    try:
        await bot.set_my_commands(list(COMMANDS.items()), scope=BotCommandScopeAllPrivateChats())
        for admin in sorted(admins):
            await bot.set_my_commands(list((COMMANDS | ADMIN_COMMANDS).items()), scope=BotCommandScopeChat(admin))
    except TelegramError as error:  # an admin who never wrote to the bot has no chat yet
        logger.info("the list of commands is not complete: %s", error)
