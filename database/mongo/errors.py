"""MongoDB's errors as the store's, and the decorator that every verb wears."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from bson.errors import InvalidDocument
from pymongo.errors import (
    ConnectionFailure,
    CursorNotFound,
    ExecutionTimeout,
    PyMongoError,
    WaitQueueTimeoutError,
    WriteConcernError,
)

from database.store import StoreError, StoreUnavailable
from utils.performance import monitor_performance

P = ParamSpec("P")
T = TypeVar("T")

# MongoDB's codes for one refused document of many: no primary, shutting down, out of time, written by another at that moment
_PASSING = frozenset({6, 7, 50, 89, 91, 112, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})
_MAY_PASS = (ConnectionFailure, WaitQueueTimeoutError, ExecutionTimeout, WriteConcernError, CursorNotFound)


def verb(name: str) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Measure it as `database.<name>`; let nothing of the driver's errors out."""

    def decorate(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @functools.wraps(function)
        async def translated(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return await function(*args, **kwargs)
            except (PyMongoError, InvalidDocument) as error:
                # The words of an InvalidDocument hold what was to be written: never in a log or traceback.
                raise translate(error) from (None if isinstance(error, InvalidDocument) else error)

        return monitor_performance(f"database.{name}")(translated)

    return decorate


def translate(error: PyMongoError | InvalidDocument) -> StoreError:
    """StoreUnavailable for what may pass: network, time-outs, no primary, a write that the majority did not confirm in time.

    The words are the driver's where they hold no document: which server, and what was wrong.
    """
    if isinstance(error, InvalidDocument):
        return StoreError(f"MongoDB can't keep the document: {type(error).__name__}")
    if isinstance(error, _MAY_PASS) or (isinstance(error, PyMongoError) and error.has_error_label("RetryableWriteError")):
        return StoreUnavailable(f"MongoDB: {error}")
    return StoreError(f"MongoDB: {type(error).__name__}: {error}")


def refusal(code: int) -> StoreError:
    """For one document among many that MongoDB did not write. Its words may hold the document, so only the code is told."""
    return (StoreUnavailable if code in _PASSING else StoreError)(f"MongoDB refused a document (code {code})")
