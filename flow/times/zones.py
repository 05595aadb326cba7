"""Which time zone a person is in: from what their clock shows, or from a place. Pure: the tz database's table and zones come in.

A clock tells the offset from UTC, no more: Berlin and Lagos agree half of the year, Honolulu and Kiritimati show the same hour of
different days. So the zones that would show it are grouped by how they will go on. Where that leaves several groups, the person is
asked for a city.

A place is taken for the zone of the nearest city of the tz database's own table (some 400 cities). That is wrong near borders:
Lviv lies nearer to Warsaw than to Kyiv. `nearest_cities` therefore gives several that differ, for the person to choose from.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from flow.times.local_time import DAY

SLACK_MINUTES = 10  # by which a clock may be wrong, or the answer late
ROUNDED_MINUTES = 5  # to which times are shown
WEEK = 7 * 24  # hours
YEARS = 2  # for which zones must agree to be one choice
EARTH = 6_371.0  # kilometres, mean radius (IUGG)

_COORDINATES = re.compile(r"([+-]\d{4}(?:\d\d)?)([+-]\d{5}(?:\d\d)?)")


@dataclass(frozen=True, slots=True)
class City:
    """A city that stands for its zone. `name` is the zone's (`Asia/Jerusalem`), `countries` ISO 3166 codes; degrees north, east."""

    name: str
    zone: tzinfo
    countries: tuple[str, ...]
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The time that clocks show at an `offset` (minutes east of UTC): `minute` since midnight, rounded."""

    offset: int
    minute: int


def read_cities(table: str, zones: Mapping[str, tzinfo]) -> tuple[City, ...]:
    """The cities of zone.tab or zone1970.tab whose zone is given. Raises ValueError for a line that is not of such a table."""
    cities = []
    for line in table.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        countries, coordinates, name, *_ = [*line.split("\t"), "", ""]
        match = _COORDINATES.fullmatch(coordinates)
        if match is None:
            raise ValueError(f"no line of a zone table: {line[:80]}")
        if name in zones:
            cities.append(City(name, zones[name], tuple(countries.split(",")), _degrees(match[1], 2), _degrees(match[2], 3)))
    return tuple(cities)


def offset_at(zone: tzinfo, now: datetime) -> int:
    """Minutes east of UTC."""
    offset = now.astimezone(zone).utcoffset()
    return round(offset.total_seconds() / 60) if offset is not None else 0


def local_times(zones: Iterable[tzinfo], now: datetime) -> tuple[LocalTime, ...]:
    """The different times that clocks in these zones show, in the order of the zones: buttons for “What time is it?”.

    Offsets that show the same time of different days share one (the first's): `offsets_showing` finds them all again.
    """
    found: dict[int, LocalTime] = {}
    for zone in zones:
        offset = offset_at(zone, now)
        minute = round((_utc_minute(now) + offset) / ROUNDED_MINUTES) * ROUNDED_MINUTES % DAY
        found.setdefault(offset % DAY, LocalTime(offset, minute))
    return tuple(found.values())


def offsets_showing(minute: int, cities: Iterable[City], now: datetime) -> tuple[int, ...]:
    """The offsets in use at which clocks show that minute of the day, the nearest ones; () when no clock on earth is near it.

    Every zone's own offset is looked at, so half and quarter hours are found, and the two that are a day apart.
    """
    offsets = {offset_at(city.zone, now) for city in cities}
    distances = {offset: _distance(_utc_minute(now) + offset, minute) for offset in offsets}
    nearest = min(distances.values(), default=DAY)
    return tuple(sorted(offset for offset in offsets if distances[offset] == nearest <= SLACK_MINUTES))


def cities_at(offsets: Iterable[int], cities: Iterable[City], now: datetime) -> tuple[tuple[City, ...], ...]:
    """The places with one of these offsets now, in groups whose clocks will agree for two years, the largest group first.

    One group needs no further question: any of its zones will do.
    """
    wanted = frozenset(offsets)
    groups: dict[tuple[tuple[int, int], ...], list[City]] = {}
    for city in cities:
        if offset_at(city.zone, now) in wanted:
            groups.setdefault(_future(city.zone, now), []).append(city)
    return tuple(tuple(group) for group in sorted(groups.values(), key=len, reverse=True))


def nearest_cities(latitude: float, longitude: float, cities: Iterable[City], now: datetime, most: int = 3) -> tuple[City, ...]:
    """The nearest place, and the next nearest ones whose clocks differ from the ones before; at most three times as far as it."""
    ordered = sorted(cities, key=lambda city: distance(latitude, longitude, city.latitude, city.longitude))
    found: dict[tuple[tuple[int, int], ...], City] = {}
    for city in ordered:
        first = next(iter(found.values()), city)
        reach = 3 * distance(latitude, longitude, first.latitude, first.longitude)
        if len(found) == most or distance(latitude, longitude, city.latitude, city.longitude) > reach:
            break
        found.setdefault(_future(city.zone, now), city)
    return tuple(found.values())


def distance(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Kilometres along a great circle between two points in degrees (haversine)."""
    north, other_north = math.radians(latitude), math.radians(other_latitude)
    over, across = math.sin((other_north - north) / 2), math.sin(math.radians(other_longitude - longitude) / 2)
    half = over**2 + math.cos(north) * math.cos(other_north) * across**2
    return 2 * EARTH * math.asin(math.sqrt(min(1.0, half)))


def _future(zone: tzinfo, now: datetime) -> tuple[tuple[int, int], ...]:
    """How clocks there will go on: equal for zones that agree."""
    return _changes(zone, now.astimezone(UTC).date())


@lru_cache(1024)
def _changes(zone: tzinfo, day: date) -> tuple[tuple[int, int], ...]:
    """(hours since that day began in UTC, offset from then on), to the hour: Israel and Greece change within two days."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = [(0, offset_at(zone, begin))]
    for week in range(52 * YEARS):
        low, high = week * WEEK, (week + 1) * WEEK
        after = offset_at(zone, begin + timedelta(hours=high))
        if after == found[-1][1]:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if offset_at(zone, begin + timedelta(hours=middle)) == after else (middle, high)
        found.append((high, after))
    return tuple(found)


def _utc_minute(now: datetime) -> int:
    shown = now - (now.utcoffset() or timedelta())
    return shown.hour * 60 + shown.minute


def _distance(minute: int, other: int) -> int:
    """Minutes between two times of day, the short way round the clock."""
    apart = (minute - other) % DAY
    return min(apart, DAY - apart)


def _degrees(text: str, whole: int) -> float:
    """Degrees of ±DDMM[SS] or ±DDDMM[SS] (ISO 6709)."""
    digits = text[1:]
    minutes, seconds = digits[whole : whole + 2], digits[whole + 2 :] or "0"
    degrees = int(digits[:whole]) + int(minutes) / 60 + int(seconds) / 3600
    return -degrees if text[0] == "-" else degrees
