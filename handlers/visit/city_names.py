"""The cities' names in people's languages (CLDR's, through Babel), and their zones (the package tzdata).

Reading all of it takes most of a second: `load_cities` is for a thread, once, when the bot already takes updates.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_territory_language_info

from flow.times.typed_places import fold_name
from flow.times.zones import City
from handlers.visit.cities import ENGLISH, Cities, base_language, load_zone_cities


@lru_cache(2)  # the same for every service of a process
def load_cities(languages: frozenset[str]) -> Cities:
    """Everything for these languages (codes, `ar`, `pt-br`) and English; unknown codes are passed over. Blocks."""
    places, foremost = load_zone_cities(), load_zone_cities("zonenow.tab")
    locales = {code: locale for code in {ENGLISH, *map(base_language, languages)} if (locale := _find_locale(code))}
    older = _older_names()
    names = {code: {city.name: _city(city.name, locale, older) for city in places} for code, locale in locales.items()}
    return Cities(
        places,
        names,
        _make_index(places, names, locales.values(), older),
        {code: _speakers(code) for code in locales},
        frozenset(city.name for city in foremost),
    )


def _find_locale(code: str) -> Locale | None:
    try:
        return Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return None


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
    places: Iterable[City],
    names: Mapping[str, Mapping[str, str]],
    locales: Iterable[Locale],
    older: Mapping[str, list[str]],
) -> dict[str, tuple[str, ...]]:
    """Cities in every language, the tz database's own spelling and older names, countries (for all their zones)."""
    known = list(locales)
    found: dict[str, dict[str, None]] = {}
    for city in places:
        words = [zone.rpartition("/")[2] for zone in (city.name, *older.get(city.name, ()))]
        words += [cities[city.name] for cities in names.values()]
        words += [locale.territories[country] for locale in known for country in city.countries if country in locale.territories]
        for word in words:
            found.setdefault(fold_name(word), {})[city.name] = None
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
