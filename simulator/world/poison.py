"""Updates that no bot can use: of a kind that it does not know, without what it needs, or huge."""

import random
from typing import Any

_WORDS = "poison "


def make_poison(shape: str, size: int, chat: dict[str, Any], rng: random.Random) -> tuple[str, dict[str, Any]]:
    """(kind, object) of an update in that chat, `chat` being the Bot API's Chat; `size`: characters of a huge one's text.

    `shape`: unknown_kind, missing_fields, huge, or any of these. A kind of "" has nothing but its id.
    """
    user = {"id": chat["id"], "is_bot": False, "first_name": chat.get("first_name", "")}
    shapes: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "unknown_kind": [("telepathy", {"from": user, "thought": "a kind that comes with some later Bot API"})],
        "missing_fields": [
            ("", {}),
            ("message", {"message_id": 1}),
            ("message", {"message_id": 1, "from": user, "text": "without chat and date"}),
            ("callback_query", {"id": "1", "data": "from nobody"}),
            ("edited_message", {"chat": chat, "from": user}),
            ("my_chat_member", {"chat": chat, "date": 1}),
        ],
        "huge": [("message", {"message_id": 1, "from": user, "chat": chat, "date": 1, "text": (_WORDS * (size // 7 + 1))[:size]})],
    }
    choices = [one for group in shapes.values() for one in group] if shape == "any" else shapes[shape]
    return rng.choice(choices)
