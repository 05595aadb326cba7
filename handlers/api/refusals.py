"""The meaning of Telegram's refusals for a message (pure). The words are those of Telegram's Bot API server."""

from enum import Enum

from handlers.api.answers import ApiError


class Verdict(Enum):
    """How to go on with a refused item."""

    DONE = "as good as done"
    LATER = "again, after the time that Telegram names"
    GONE = "this person can't be reached; nothing more is sent"
    STALE_FILE = "the file_id is not valid any more; upload again"
    REFUSED = "never in this form"
    AWAY = "again later: the fault is not the item's"


_DONE = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message to delete not found",
    "query is too old",
)
_GONE = (
    "chat not found",
    "user is deactivated",
    "bot was blocked by the user",
    "bot can't initiate conversation",
    "peer_id_invalid",
)
_FILE = ("wrong file identifier", "wrong remote file identifier", "file reference expired", "wrong file_id")


def judge(error: ApiError) -> Verdict:
    """The verdict on one refusal."""
    words = error.description.lower()
    if error.code == 429:
        return Verdict.LATER
    if error.code == 403 or any(part in words for part in _GONE):
        return Verdict.GONE
    if any(part in words for part in _DONE):
        return Verdict.DONE
    if any(part in words for part in _FILE):
        return Verdict.STALE_FILE
    return Verdict.AWAY if error.code in (401, 404, 409) else Verdict.REFUSED
