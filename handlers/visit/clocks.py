"""Everybody's own clock: which zone a person lives by, and the cities to choose one from."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import tzinfo

from database.records import Person
from flow.times.zones import City
from handlers.visit.cities import Cities

ZONE = "zone"  # in a person's settings: the tz database's name


class Clocks:
    """`default` is DEFAULT_TIMEZONE; `cities` are None in the first seconds of a process, since their names are loaded beside the
    first turns. A person who chooses a zone just then waits for `ready`. The zones themselves are there before the first turn."""

    def __init__(self, default: tzinfo) -> None:
        self.default = default
        self.cities: Cities | None = None
        self._zones: dict[str, tzinfo] = {}
        self._loaded = asyncio.Event()

    def take(self, places: Iterable[City]) -> None:
        """The zones that there are."""
        self._zones = {city.name: city.zone for city in places}

    async def learn(self, load: Callable[[], Awaitable[Cities]]) -> None:
        """Take the cities in: from now on people can choose."""
        try:
            self.cities = await load()
        finally:
            self._loaded.set()

    async def ready(self) -> Cities:
        """The cities, as soon as they are there. Raises RuntimeError when they could not be loaded."""
        await self._loaded.wait()
        if self.cities is None:
            raise RuntimeError("the cities could not be loaded")
        return self.cities

    def has(self, name: str) -> bool:
        """Whether there is such a zone to choose."""
        return name in self._zones

    def knows(self, record: Person) -> bool:
        """Whether the person has told their zone."""
        return record.settings.get(ZONE, "") in self._zones

    def zone_of(self, record: Person) -> tzinfo:
        """The person's own zone, or the default one."""
        return self._zones.get(record.settings.get(ZONE, ""), self.default)
