"""The programmes that are served, and the older content that people are still inside of."""

import asyncio
import logging
from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from database.store import Store
from flow.programme import Programme, language_code
from handlers.rendering.keyboards import names

logger = logging.getLogger("waymark.catalogue")

Target = tuple[Programme, str | None]  # a programme, or one flow of it
KEPT_OLD = 64  # older contents in memory


class Catalogue:
    """`live` by name, in the order of the folder. `changed` is set when they are others, at the start too; `is_new` until every
    moment that was planned by older ones is planned anew: `hours.py` sees to both."""

    def __init__(self, live: Mapping[str, Programme], store: Store) -> None:
        self.live = dict(live)
        self.changed, self.is_new = asyncio.Event(), True
        self.changed.set()
        self._store = store
        self._by_digest = {programme.digest: programme for programme in self.live.values()}
        self._old: dict[str, Programme] = {}

    @property
    def languages(self) -> set[str]:
        """The codes of all languages that the programmes speak."""
        return {language_code(word) for one in self.live.values() for word in (one.default_language, *one.languages)}

    async def keep(self) -> None:
        """Make every live content durable, so that whoever begins it can finish it. Raises StoreUnavailable."""
        await self._save(self.live.values())

    async def replace(self, live: Mapping[str, Programme]) -> None:
        """Serve these from now on: made durable first, then all in one step. Raises StoreUnavailable; the old ones then stay.

        A programme whose content is the same stays the object that it was. A programme that is no longer served is still found by
        its digest.
        """
        await self._save(live.values())
        wanted = {name: self._by_digest.get(programme.digest, programme) for name, programme in live.items()}
        before = self._by_digest
        self.live, self._by_digest = wanted, {programme.digest: programme for programme in wanted.values()}
        self.is_new = True
        self.changed.set()
        for digest, programme in before.items():
            if digest not in self._by_digest:
                self._remember(digest, programme)

    async def _save(self, programmes: Iterable[Programme]) -> None:
        for programme in programmes:
            await self._store.save_content(programme.digest, programme.name, programme.source)

    def find_known(self, digest: str) -> Programme | None:
        """The content with that digest if it is in memory."""
        return self._by_digest.get(digest) or self._old.get(digest)

    async def find_content(self, digest: str) -> Programme | None:
        """The content with that digest, read back if need be; None when it is gone or this version can't read it."""
        known = self.find_known(digest)
        if known is not None:
            return known
        source = await self._store.find_content(digest)
        if source is None:
            return None
        try:
            programme = Programme.load(source)
        except ValidationError as error:
            logger.error("kept content %s can't be read any more: %d errors", digest, error.error_count())
            return None
        self._remember(digest, programme)
        return programme

    def _remember(self, digest: str, programme: Programme) -> None:
        self._old[digest] = programme
        while len(self._old) > KEPT_OLD:
            del self._old[next(iter(self._old))]

    def find_link(self, payload: str) -> Target | None:
        """The target of a deep link `programme` or `programme__flow`."""
        name, _, flow = payload.partition("__")
        programme = self.live.get(name)
        if programme is None or (flow and flow not in programme.flows):
            return None
        return programme, flow or None

    def find_target(self, word: str) -> Target | None:
        """The target of a button's word (`programme` or `programme/flow`, or a digest of it)."""
        for programme in self.live.values():
            if names(word, programme.name):
                return programme, None
            for flow in programme.flows:
                if names(word, f"{programme.name}/{flow}"):
                    return programme, flow
        return None
