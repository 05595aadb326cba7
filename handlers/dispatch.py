"""python-telegram-bot's way to our turns: everything in the application's queue is an Arrival."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram.ext import BaseHandler, CallbackContext

from handlers.arrivals import Arrival


class ArrivalHandler(BaseHandler[Arrival, CallbackContext[Any, Any, Any, Any], None]):
    """Calls `apply` with the arrival alone: PTB's context carries nothing that a turn needs."""

    def __init__(self, apply: Callable[[Arrival], Coroutine[Any, Any, None]]) -> None:
        def call(update: Arrival, context: CallbackContext[Any, Any, Any, Any]) -> Coroutine[Any, Any, None]:
            return apply(update)

        super().__init__(call)

    def check_update(self, update: object) -> bool:
        """Whether it is ours."""
        return isinstance(update, Arrival)
