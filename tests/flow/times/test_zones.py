"""Zones from what a clock shows, or from a place."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow.times.zones import (
    LocalTime,
    cities_at,
    distance,
    local_times,
    nearest_cities,
    offset_at,
    offsets_showing,
    read_cities,
)

WINTER = datetime(2026, 1, 15, 16, 40, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 16, 40, tzinfo=UTC)
ZONES = {name: ZoneInfo(name) for name in sorted(available_timezones())}
TABLE = """# cc	coordinates	TZ	comments
DE	+5230+01322	Europe/Berlin	most of Germany
GR	+3758+02343	Europe/Athens
IL	+314650+0351326	Asia/Jerusalem
NG	+0627+00324	Africa/Lagos
IN	+2232+08822	Asia/Kolkata
NP	+2743+08519	Asia/Kathmandu
NZ	-4357-17633	Pacific/Chatham	Chatham Islands
US	+211825-1575130	Pacific/Honolulu	Hawaii
KI	+0152-15720	Pacific/Kiritimati
NL,BE	+5050+00420	Europe/Brussels
ZZ	+0000+00000	No/Where
"""
CITIES = read_cities(TABLE, ZONES)


def names(places):
    return [city.name for city in places]


def test_the_table_is_read():
    """Degrees north and east, seconds too; unknown zones are left out."""
    assert names(CITIES)[-1] == "Europe/Brussels"
    assert CITIES[-1].countries == ("NL", "BE")
    jerusalem = CITIES[2]
    assert (round(jerusalem.latitude, 4), round(jerusalem.longitude, 4)) == (31.7806, 35.2239)
    chatham = CITIES[6]
    assert (round(chatham.latitude, 2), round(chatham.longitude, 2)) == (-43.95, -176.55)
    with pytest.raises(ValueError, match="no line of a zone table"):
        read_cities("XX\tnorth\tEurope/Berlin", ZONES)


@pytest.mark.parametrize(
    ("clock", "now", "expected", "why"),
    [
        ("17:40", WINTER, [60], "an hour east"),
        ("18:40", SUMMER, [120], "two in summer"),
        ("17:40", SUMMER, [60], "Lagos has no summer time"),
        ("22:10", WINTER, [330], "five and a half"),
        ("22:25", WINTER, [345], "five and three quarters, fifteen minutes from its neighbour"),
        ("22:14", WINTER, [330], "a clock that is four minutes fast"),
        ("22:18", WINTER, [345], "the nearer of two"),
        ("06:25", WINTER, [825], "thirteen and three quarters: Chatham's summer"),
        ("06:40", WINTER, [-600, 840], "the same hour of two days"),
        ("12:00", WINTER, [], "nobody's clock, of those in the table"),
    ],
)
def test_offsets(clock, now, expected, why):
    """From “it is HH:MM here”, each line with its reason."""
    hour, minute = map(int, clock.split(":"))
    assert list(offsets_showing(hour * 60 + minute, CITIES, now)) == expected, why
    assert offsets_showing(0, (), now) == ()


def test_zones_that_will_go_on_alike_are_one_choice():
    """Berlin and Brussels agree for years, Lagos only in winter; Greece and Israel change two days apart."""
    assert [names(group) for group in cities_at([60], CITIES, WINTER)] == [["Europe/Berlin", "Europe/Brussels"], ["Africa/Lagos"]]
    assert [names(group) for group in cities_at([120], CITIES, SUMMER)] == [["Europe/Berlin", "Europe/Brussels"]]
    assert [names(group) for group in cities_at([120], CITIES, WINTER)] == [["Europe/Athens"], ["Asia/Jerusalem"]]
    assert [names(group) for group in cities_at([-600, 840], CITIES, WINTER)] == [["Pacific/Honolulu"], ["Pacific/Kiritimati"]]
    assert cities_at([], CITIES, WINTER) == ()


def test_times_for_buttons():
    """Rounded to five minutes, each time once, in the order given."""
    zones = [ZONES[name] for name in ("Asia/Kolkata", "Europe/Berlin", "Europe/Brussels", "Pacific/Kiritimati", "Pacific/Honolulu")]
    now = WINTER.replace(minute=42)
    assert local_times(zones, now) == (LocalTime(330, 22 * 60 + 10), LocalTime(60, 17 * 60 + 40), LocalTime(840, 6 * 60 + 40))
    assert local_times([UTC], WINTER.replace(hour=23, minute=58)) == (LocalTime(0, 0),)


@given(
    name=st.sampled_from(sorted(ZONES)),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),
    wrong=st.integers(-7, 7),
)
def test_whoever_tells_their_time_finds_their_offset(name, now, wrong):
    """Also when their clock is some minutes wrong, unless another zone's clock shows just that."""
    city = read_cities(f"XX\t+0000+00000\t{name}", ZONES)
    offset = offset_at(ZONES[name], now)
    minute = (now.hour * 60 + now.minute + offset + wrong) % 1440
    assert offsets_showing(minute, city, now) == (offset,)
    assert names(cities_at([offset], city, now)[0]) == [name]


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected", "why"),
    [
        (32.08, 34.78, "Asia/Jerusalem", "Tel Aviv"),
        (48.86, 2.35, "Europe/Brussels", "Paris, of these"),
        (28.61, 77.21, "Asia/Kathmandu", "Delhi lies nearer to Kathmandu than to Kolkata: a limit of it"),
        (19.5, -155.5, "Pacific/Honolulu", "Hawaii"),
        (-44.0, 179.9, "Pacific/Chatham", "over the date line"),
        (89.9, 0.0, "Europe/Berlin", "near the pole"),
    ],
)
def test_nearest(latitude, longitude, expected, why):
    """The first is the nearest city's."""
    assert names(nearest_cities(latitude, longitude, CITIES, WINTER))[0] == expected, why


def test_near_a_border_others_that_differ_are_told():
    """Nobody is put into the wrong zone without being asked; agreeing ones are one."""
    assert names(nearest_cities(28.61, 77.21, CITIES, WINTER)) == ["Asia/Kathmandu", "Asia/Kolkata"]
    assert names(nearest_cities(51.5, 8.0, CITIES, WINTER)) == ["Europe/Brussels"]
    assert nearest_cities(0.0, 0.0, (), WINTER) == ()
    assert len(nearest_cities(0.0, 60.0, CITIES, WINTER, most=2)) == 2


def test_distance():
    """Kilometres; a quarter of the way round is 10,000."""
    assert distance(0, 0, 0, 0) == 0
    assert round(distance(0, 0, 90, 0)) == 10008
    assert round(distance(0, 179, 0, -179)) == 222
    assert round(distance(10, 20, -10, -160)) == 20015
