"""Exceptions as words for the operator, without anything a person typed."""

import traceback


def describe(error: BaseException) -> str:
    """Kind and place of an exception; never its message, which may quote an answer."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} in {frame.name}" for frame in frames[-3:]]
    return f"{type(error).__name__} ({' < '.join(reversed(places))})" if places else type(error).__name__
