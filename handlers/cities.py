"""The world's cities that stand for time zones, under their names in people's languages (CLDR's, through Babel).

The tz database's tables come from the package tzdata. Reading all of it takes a fifth of a second: `load_cities` is for a thread,
once, at the start.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_territory_language_info

from flow.typed_places import find_names, fold_name
from flow.zones import LocalTime, Place, local_times, nearest_places, offset_at, offsets_showing, places_at, read_places

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
        return self.names.get(_base(language), self.names[ENGLISH])[place.name]

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
        spoken = self.speakers.get(_base(language), self.speakers[ENGLISH])
        _, _, country = language.replace("_", "-").partition("-")
        home = country.upper()
        return (home, *(other for other in spoken if other != home)) if home in spoken else spoken


def load_cities(languages: Iterable[str]) -> Cities:
    """Everything for these languages (codes, `ar`, `pt-br`) and English; unknown codes are passed over. Blocks."""
    zones = {name: ZoneInfo(name) for name in available_timezones()}
    folder = files("tzdata") / "zoneinfo"
    places = read_places((folder / "zone.tab").read_text(encoding="utf-8"), zones)
    foremost = read_places((folder / "zonenow.tab").read_text(encoding="utf-8"), zones)
    locales = {code: locale for code in {ENGLISH, *map(_base, languages)} if (locale := _find_locale(code))}
    older = _older_names()
    names = {code: {place.name: _city(place.name, locale, older) for place in places} for code, locale in locales.items()}
    return Cities(
        places,
        names,
        _make_index(places, names, locales.values(), older),
        {code: _speakers(code) for code in locales},
        frozenset(place.name for place in foremost),
    )


def _find_locale(code: str) -> Locale | None:
    try:
        return Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return None


def _base(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()


def _older_names() -> dict[str, list[str]]:
    """CLDR still knows cities by the names that zones had long ago: Asia/Calcutta."""
    older: dict[str, list[str]] = {}
    for old, new in get_global("zone_aliases").items():
        older.setdefault(new, []).append(old)
    return older


def _city(zone: str, locale: Locale, older: Mapping[str, list[str]]) -> str:
    for name in (zone, *older.get(zone, ())):
        if city := locale.time_zones.get(name, {}).get("city"):
            return str(city)
    return zone.rpartition("/")[2].replace("_", " ")


def _make_index(
    places: Iterable[Place],
    names: Mapping[str, Mapping[str, str]],
    locales: Iterable[Locale],
    older: Mapping[str, list[str]],
) -> dict[str, tuple[str, ...]]:
    """Cities in every language, the tz database's own spelling and older names, countries (for all their zones)."""
    known = list(locales)
    found: dict[str, dict[str, None]] = {}
    for place in places:
        words = [zone.rpartition("/")[2] for zone in (place.name, *older.get(place.name, ()))]
        words += [cities[place.name] for cities in names.values()]
        words += [locale.territories[country] for locale in known for country in place.countries if country in locale.territories]
        for word in words:
            found.setdefault(fold_name(word), {})[place.name] = None
    return {word: tuple(zones) for word, zones in found.items() if word}


def _speakers(language: str) -> tuple[str, ...]:
    """The countries where a language is official, its home first, then by the share of people who speak it."""
    home = get_global("likely_subtags").get(language, "").rpartition("_")[2]
    shares: dict[str, float] = {}
    for country in get_global("territory_languages"):
        spoken = get_territory_language_info(country).get(language)
        if spoken and spoken["official_status"] in ("official", "de_facto_official") and len(country) == 2:
            shares[country] = float(spoken["population_percent"] or 0)
    return tuple(sorted(shares, key=lambda country: (country != home, -shares[country])))


def _is_spoken(place: Place, countries: tuple[str, ...]) -> bool:
    return bool(set(place.countries) & set(countries))
