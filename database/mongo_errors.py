"""MongoDB's errors as the store's, and the decorator that every verb wears."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from bson.errors import InvalidDocument
from pymongo.errors import (
    BulkWriteError,
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

_TELL_DOCUMENTS = (BulkWriteError, InvalidDocument)  # their words hold what was to be written: never in a log or traceback
_MAY_PASS = (ConnectionFailure, WaitQueueTimeoutError, ExecutionTimeout, WriteConcernError, CursorNotFound)


def verb(name: str) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Measure it as `database.<name>`; let nothing of the driver's errors out."""

    def decorate(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @functools.wraps(function)
        async def translated(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return await function(*args, **kwargs)
            except (PyMongoError, InvalidDocument) as error:
                raise translate(error) from (None if isinstance(error, _TELL_DOCUMENTS) else error)

        return monitor_performance(f"database.{name}")(translated)

    return decorate


def translate(error: PyMongoError | InvalidDocument) -> StoreError:
    """StoreUnavailable for what may pass: network, time-outs, no primary, a write that the majority did not confirm in time.

    The words are the driver's where they hold no document: which server, and what was wrong.
    """
    if isinstance(error, InvalidDocument):
        return StoreError(f"MongoDB can't keep the document: {type(error).__name__}")
    if isinstance(error, BulkWriteError):
        codes = sorted({failure.get("code", 0) for failure in error.details.get("writeErrors", [])})
        return StoreUnavailable(f"MongoDB kept only a part of the batch (codes {codes})")
    if isinstance(error, _MAY_PASS) or (isinstance(error, PyMongoError) and error.has_error_label("RetryableWriteError")):
        return StoreUnavailable(f"MongoDB: {error}")
    return StoreError(f"MongoDB: {type(error).__name__}: {error}")
