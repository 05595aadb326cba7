"""Blocked and unblocked: what Telegram tells in `my_chat_member`."""

from handlers.visit.visit import Visit


async def membership(visit: Visit) -> None:
    """After a block nothing more is said; a person who comes back is asked at their next word."""
    blocked = visit.arrival.data in ("kicked", "left")
    visit.change(blocked_at=visit.now.isoformat() if blocked else None)
    if blocked:
        visit.drop_unsent()
