"""The programmes read again while the bot runs: all that is new at once, or, when anything is wrong, nothing of it.

People inside a flow finish it in the content that they began it with; whoever begins one from now on gets the new content.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from database.store import StoreUnavailable
from flow.programme import Programme
from handlers.incoming.lines import Lines
from handlers.rendering.sentences import DEFAULT_LANGUAGE, sentence
from handlers.visit.catalogue import Catalogue

logger = logging.getLogger("waymark.reload")


@dataclass(frozen=True, slots=True)
class Reading:
    """The folder of programmes as it is now. `errors` and `warnings` are lines with file, line and reason; nothing of it may be
    served while there are errors."""

    programmes: Mapping[str, Programme]
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


Reader = Callable[[], Reading]  # blocks: it is called in a thread


class Reloader:
    """Every admin hears of it through their own line."""

    def __init__(self, read: Reader, catalogue: Catalogue, admins: Iterable[int], lines: Lines) -> None:
        self._read, self._catalogue, self._admins, self._lines = read, catalogue, sorted(admins), lines
        self._alone = asyncio.Lock()
        self._answered = (0, "")
        self.asked = asyncio.Event()  # SIGHUP

    async def reload(self, request: int = 0, language: str = DEFAULT_LANGUAGE) -> str:
        """The outcome in that language, all errors among it. Raises StoreUnavailable; then nothing has changed.

        `request` is the id of the update that asks. When that is tried again it gets the answer of its first try: by then there is
        nothing new any more.
        """
        async with self._alone:
            if not request or request != self._answered[0]:
                self._answered = (request, await self._attempt(language))
            return self._answered[1]

    async def _attempt(self, language: str) -> str:
        reading = await asyncio.to_thread(self._read)
        for line in reading.errors:
            logger.error("not loaded: %s", line)
        if reading.errors:
            return sentence("reload_refused", language, errors="\n".join(reading.errors))
        changes = tell_changes(self._catalogue.live, reading.programmes, language)
        await self._catalogue.replace(reading.programmes)
        logger.info("the programmes were read again: %s", changes or "nothing has changed")
        words = sentence("reloaded", language, changes=changes) if changes else sentence("reload_same", language)
        return "\n\n".join([words, *(["\n".join(reading.warnings)] if reading.warnings else [])])

    async def watch(self) -> None:
        """For ever: reload whenever `asked` is set, and tell every admin; the log is told in any case."""
        while True:
            await self.asked.wait()
            self.asked.clear()
            try:
                words = await self.reload()
            except StoreUnavailable as error:
                logger.error("the programmes were not read again, the old ones keep serving: %s", error)
                words = sentence("reload_later", DEFAULT_LANGUAGE)
            except Exception:  # a fault in the loader must not end this task: the next SIGHUP is to be heard too
                logger.exception("the programmes could not be read again, the old ones keep serving")
                words = sentence("reload_failed", DEFAULT_LANGUAGE)
            for admin in self._admins:
                self._lines.notify(admin, words)


def tell_changes(before: Mapping[str, Programme], after: Mapping[str, Programme], language: str) -> str:
    """One line for what is new, one for what changed, one for what is gone, as far as there is any."""
    found = {
        "reload_added": [name for name in after if name not in before],
        "reload_changed": [name for name in after if name in before and after[name].digest != before[name].digest],
        "reload_removed": [name for name in before if name not in after],
    }
    return "\n".join(sentence(key, language, names=", ".join(names)) for key, names in found.items() if names)
