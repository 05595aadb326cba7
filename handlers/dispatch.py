"""python-telegram-bot's way to our turns: everything in the application's queue is an Arrival."""

from collections.abc import Awaitable, Callable
from typing import Any

from telegram.ext import BaseHandler, CallbackContext

from handlers.arrivals import Arrival


class ArrivalHandler(BaseHandler[Arrival, CallbackContext[Any, Any, Any, Any], None]):
    """Calls `apply` with the arrival alone: PTB's context carries nothing that a turn needs."""

    def __init__(self, apply: Callable[[Arrival], Awaitable[None]]) -> None:
        super().__init__(self._call)
        self._apply = apply

    def check_update(self, update: object) -> bool:
        """Whether it is ours."""
        return isinstance(update, Arrival)

    async def _call(self, update: Arrival, context: CallbackContext[Any, Any, Any, Any]) -> None:
        await self._apply(update)
