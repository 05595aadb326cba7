"""The world's cities that stand for time zones, and which of them somebody means. Their names are loaded by city_names.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flow.times.typed_places import find_names
from flow.times.zones import LocalTime, Place, local_times, nearest_places, offset_at, offsets_showing, places_at, read_places

MOST = 8  # cities that are offered at once
ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Cities:
    """`places` in the tz database's order, `names` language -> zone -> city, `index` folded name -> zones, `speakers` language ->
    countries where it is official, its home first, `foremost` the zones that stand for all that will agree with them."""

    places: tuple[Place, ...]
    names: Mapping[str, Mapping[str, str]]
    index: Mapping[str, tuple[str, ...]]
    speakers: Mapping[str, tuple[str, ...]]
    foremost: frozenset[str]

    def city(self, place: Place, language: str) -> str:
        """What the city is called; in English where the language is not one of those loaded."""
        return self.names.get(base_language(language), self.names[ENGLISH])[place.name]

    def times(self, language: str, now: datetime) -> tuple[LocalTime, ...]:
        """The times on clocks where the language is spoken, from west to east: the buttons for “What time is it?”."""
        zones = [place.zone for place in self._likely(self.places, language) if _is_spoken(place, self._countries(language))]
        return tuple(sorted(local_times(zones, now), key=lambda shown: shown.offset))

    def showing(self, minute: int, language: str, now: datetime) -> tuple[Place, ...]:
        """The cities to choose from for somebody whose clock shows that minute of the day: one or two for each way in which zones
        will go on, likely ones first. (): no clock on earth shows it."""
        return self.at_offsets(offsets_showing(minute, self.places, now), language, now)

    def at_offsets(self, offsets: Iterable[int], language: str, now: datetime) -> tuple[Place, ...]:
        """The same for offsets (minutes) that are known, of a pressed button."""
        groups = places_at(offsets, self.places, now)
        if len(groups) == 1:
            return self._likely(groups[0], language)[:1]
        known = {place for group in groups for place in group if place.name in self.foremost}
        return self._likely({self._likely(group, language)[0] for group in groups} | known, language)[:MOST]

    def find(self, text: str, language: str, now: datetime) -> tuple[Place, ...]:
        """The cities meant by a typed name of a city or country, in any language loaded; one for each way in which their clocks go
        on, so that of a country with one time there is one. () for a name that is not known: the largest cities alone are."""
        names = frozenset(find_names(text, self.index))
        found = [place for place in self.places if place.name in names]
        groups = places_at({offset_at(place.zone, now) for place in found}, found, now)
        return self._likely([self._likely(group, language)[0] for group in groups], language)[:MOST]

    def near(self, latitude: float, longitude: float, now: datetime) -> tuple[Place, ...]:
        """The city nearest to a shared place, and others that differ: near a border the nearest may be the wrong one."""
        return nearest_places(latitude, longitude, self.places, now)

    def _likely(self, places: Iterable[Place], language: str) -> tuple[Place, ...]:
        """At home first, then where the language is spoken; of these those that stand for others first, else by name."""
        countries = self._countries(language)
        return tuple(
            sorted(
                places,
                key=lambda place: (
                    countries[0] not in place.countries,
                    not _is_spoken(place, countries),
                    place.name not in self.foremost,
                    place.name,
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


def _is_spoken(place: Place, countries: tuple[str, ...]) -> bool:
    return bool(set(place.countries) & set(countries))


@cache
def load_places(table: str = "zone.tab") -> tuple[Place, ...]:
    """The cities of a table of the tz database (from the package tzdata) with their zones. Some 400 small files: for a thread."""
    text = (files("tzdata") / "zoneinfo" / table).read_text(encoding="utf-8")
    names = {line.split("\t")[2] for line in text.splitlines() if line.count("\t") >= 2 and not line.startswith("#")}
    return read_places(text, {name: zone for name in names if (zone := _find_zone(name))})


def _find_zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # the system's own tz database comes first, and may be older than the table
        return None
