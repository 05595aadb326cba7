"""The world's cities that stand for time zones, and which of them somebody means. Their names are loaded by city_names.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flow.times.typed_places import find_names, fold_name
from flow.times.zones import City, LocalTime, cities_at, local_times, nearest_cities, offset_at, offsets_showing, read_cities

MOST_CITIES = 8  # cities that are offered at once
ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Cities:
    """`places` in the tz database's order; `names`: language -> zone -> city; `index`: folded name -> zones; `speakers`: language
    -> countries where it is official, its home first. `foremost` are the zones that stand for all that will agree with them."""

    places: tuple[City, ...]
    names: Mapping[str, Mapping[str, str]]
    index: Mapping[str, tuple[str, ...]]
    speakers: Mapping[str, tuple[str, ...]]
    foremost: frozenset[str]

    def city(self, city: City, language: str) -> str:
        """The city's name; in English where the language is not one of those loaded."""
        return self.names.get(base_language(language), self.names[ENGLISH])[city.name]

    def times(self, language: str, now: datetime) -> tuple[LocalTime, ...]:
        """The times on clocks where the language is spoken, from west to east: the buttons for “What time is it?”."""
        zones = [city.zone for city in self._likely(self.places, language) if _is_spoken(city, self._countries(language))]
        return tuple(sorted(local_times(zones, now), key=lambda shown: shown.offset))

    def showing(self, minute: int, language: str, now: datetime) -> tuple[City, ...]:
        """The cities to choose from where clocks show that minute of the day: one or two for each way in which zones will go on,
        likely ones first. (): no clock on earth shows it."""
        return self.at_offsets(offsets_showing(minute, self.places, now), language, now)

    def at_offsets(self, offsets: Iterable[int], language: str, now: datetime) -> tuple[City, ...]:
        """The same for offsets (minutes) that are known, of a pressed button."""
        groups = cities_at(offsets, self.places, now)
        if len(groups) == 1:
            return self._likely(groups[0], language)[:1]
        known = {city for group in groups for city in group if city.name in self.foremost}
        return self._likely({self._likely(group, language)[0] for group in groups} | known, language)[:MOST_CITIES]

    def find(self, text: str, language: str, now: datetime) -> tuple[City, ...]:
        """The cities meant by a typed name of a city or country, in any loaded language. One for each way in which their clocks go
        on: a country with one time gives one. () for a name that is not known: the largest cities alone are."""
        names = frozenset(find_names(text, self.index))
        found = [city for city in self.places if city.name in names]
        groups = cities_at({offset_at(city.zone, now) for city in found}, found, now)
        return self._likely([self._likely(group, language)[0] for group in groups], language)[:MOST_CITIES]

    def knows(self, text: str) -> bool:
        """Whether a typed name is one of those here as it stands; a beginning or a close spelling may be another place."""
        return fold_name(text) in self.index

    def near(self, latitude: float, longitude: float, now: datetime) -> tuple[City, ...]:
        """The city nearest to a shared place, and others that differ: near a border the nearest may be the wrong one."""
        return nearest_cities(latitude, longitude, self.places, now)

    def _likely(self, places: Iterable[City], language: str) -> tuple[City, ...]:
        """At home first, then where the language is spoken; of these those that stand for others first, else by name."""
        countries = self._countries(language)
        return tuple(
            sorted(
                places,
                key=lambda city: (
                    countries[0] not in city.countries,
                    not _is_spoken(city, countries),
                    city.name not in self.foremost,
                    city.name,
                ),
            )
        )

    def _countries(self, language: str) -> tuple[str, ...]:
        """Of `pt-br` Brazil first."""
        spoken = self.speakers.get(base_language(language), self.speakers[ENGLISH])
        _, _, country = language.replace("_", "-").partition("-")
        home = country.upper()
        return (home, *(other for other in spoken if other != home)) if home in spoken else spoken


def base_language(language: str) -> str:
    """`pt` of `pt-BR`."""
    return language.replace("_", "-").partition("-")[0].lower()


def _is_spoken(city: City, countries: tuple[str, ...]) -> bool:
    return bool(set(city.countries) & set(countries))


@cache
def load_zone_cities(table: str = "zone.tab") -> tuple[City, ...]:
    """The cities of a table of the tz database (from the package tzdata) with their zones. Some 400 small files: for a thread."""
    text = (files("tzdata") / "zoneinfo" / table).read_text(encoding="utf-8")
    names = {line.split("\t")[2] for line in text.splitlines() if line.count("\t") >= 2 and not line.startswith("#")}
    return read_cities(text, {name: zone for name in names if (zone := _find_zone(name))})


def _find_zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # the system's own tz database comes first, and may be older than the table
        return None
