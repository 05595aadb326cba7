"""The pace of unasked messages: replies go first, and a share of Telegram's limit stays free for them."""

import asyncio

from handlers.incoming.lines import Lines

PEOPLE_A_SECOND = 20  # a third of what Telegram lets a bot send stays free for replies
CROWDED = 20  # arrivals under way above which replies go first
GIVE_WAY_SECONDS = 1.0  # for which replies go first; then one more person is told all the same


class Pace:
    """One for the whole bot."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._free_at = 0.0  # loop time

    def spoken(self) -> None:
        """One more person was told something."""
        self._free_at = max(self._free_at, asyncio.get_running_loop().time()) + 1 / PEOPLE_A_SECOND

    async def keep(self) -> None:
        """Wait until the next person may be told."""
        for _ in range(int(GIVE_WAY_SECONDS * PEOPLE_A_SECOND)):
            if self._lines.outstanding <= CROWDED:
                break
            await asyncio.sleep(1 / PEOPLE_A_SECOND)
        await asyncio.sleep(self._free_at - asyncio.get_running_loop().time())
