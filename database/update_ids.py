"""The ids of the updates that were applied last to a person, as text: `"401 451 501"`, the latest at the end.

Every turn copies, writes and keeps them. As text that is a few cache lines, as 64 integers it was a hundred, and a twentieth of a
turn's time.
"""

from collections.abc import Iterable

MOST_IDS = 64


def add_id(ids: str, update_id: int) -> str:
    """With one more; of more than MOST the oldest goes."""
    if ids.count(" ") >= MOST_IDS - 1:
        ids = ids.partition(" ")[2]
    return f"{ids} {update_id}" if ids else str(update_id)


def has_id(ids: str, update_id: int) -> bool:
    """Whether it is among them."""
    return f" {update_id} " in f" {ids} "


def highest_id(ids: str) -> int:
    """0 where there are none; ids may jump down, so it need not be the latest."""
    return max(map(int, ids.split()), default=0)


def join_ids(ids: str | Iterable[int]) -> str:
    """As they are kept, also from the list in which they were kept before."""
    return ids if isinstance(ids, str) else " ".join(map(str, ids))
