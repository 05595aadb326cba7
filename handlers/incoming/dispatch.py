"""python-telegram-bot's application, whose updates are arrivals: they go straight to the turns."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram.ext import Application, CallbackContext, ExtBot, JobQueue

from handlers.incoming.arrivals import Arrival

Apply = Callable[[Arrival], Coroutine[Any, Any, None]]
Context = CallbackContext[Any, Any, Any, Any]


class Dispatcher(Application[ExtBot[None], Context, Any, Any, Any, JobQueue[Context]]):
    """An `application_class`. `routes.py` alone says which function handles an update. So PTB's lists of handlers are not searched,
    and no context is made that nobody reads: that cost half as much as the engine."""

    __slots__ = ("_apply",)

    def __init__(self, apply: Apply, **rest: Any) -> None:
        super().__init__(**rest)
        self._apply = apply

    def process_update(self, update: object) -> Coroutine[Any, Any, None]:
        """To be awaited, as PTB does. Raises whatever `apply` raises."""
        assert isinstance(update, Arrival), "nothing else is taken in"
        return self._apply(update)
