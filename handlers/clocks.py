"""Everybody's own clock: which zone a person lives by, and the cities to choose one from."""

from datetime import tzinfo

from database.records import Person
from handlers.cities import Cities

ZONE = "zone"  # in a person's settings: the tz database's name


class Clocks:
    """`default` is DEFAULT_TIMEZONE; `cities` are there once they were loaded, at the start."""

    def __init__(self, default: tzinfo) -> None:
        self.default = default
        self.cities: Cities | None = None
        self._zones: dict[str, tzinfo] = {}

    def take(self, cities: Cities) -> None:
        """From now on people can choose."""
        self.cities = cities
        self._zones = {place.name: place.zone for place in cities.places}

    def has(self, name: str) -> bool:
        """Whether there is such a zone to choose."""
        return name in self._zones

    def knows(self, record: Person) -> bool:
        """Whether the person has told their zone."""
        return record.settings.get(ZONE, "") in self._zones

    def zone_of(self, record: Person) -> tzinfo:
        """The person's own zone, or the default one."""
        return self._zones.get(record.settings.get(ZONE, ""), self.default)
