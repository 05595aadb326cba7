"""Cities of the world for people of any language."""

from datetime import UTC, datetime

import pytest

from handlers.visit.cities import Cities
from handlers.visit.city_names import load_cities

NOW = datetime(2026, 1, 15, 16, 40, tzinfo=UTC)


@pytest.fixture(scope="module")
def cities() -> Cities:
    return load_cities(frozenset(("ar", "de-at", "xx", "not a code")))


def zones(places: object) -> list[str]:
    return [place.name for place in places]


def test_every_city_has_a_name_in_every_language(cities: Cities) -> None:
    assert set(cities.names) == {"en", "ar", "de"}
    assert len(cities.places) > 400
    for names in cities.names.values():
        assert set(names) == set(zones(cities.places))
        assert all(name and "_" not in name and "/" not in name for name in names.values())


@pytest.mark.parametrize(
    ("zone", "language", "expected"),
    [
        ("Africa/Cairo", "en", "Cairo"),
        ("Africa/Cairo", "ar", "القاهرة"),
        ("Africa/Cairo", "de-at", "Kairo"),
        ("Africa/Cairo", "fr", "Cairo"),
        ("Asia/Kolkata", "ar", "كالكتا"),
        ("America/Argentina/Buenos_Aires", "en", "Buenos Aires"),
    ],
)
def test_cities_are_called_as_people_call_them(cities: Cities, zone: str, language: str, expected: str) -> None:
    """In English where the language is not loaded; also where CLDR has the zone under its older name."""
    place = next(place for place in cities.places if place.name == zone)
    assert cities.city(place, language) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Kairo", "Africa/Cairo"),
        ("القاهره", "Africa/Cairo"),
        ("cairo", "Africa/Cairo"),
        ("Deutschland", "Europe/Berlin"),
        ("مصر", "Africa/Cairo"),
        ("calcutta", "Asia/Kolkata"),
        ("New-York", "America/New_York"),
        ("jerusalm", "Asia/Jerusalem"),
    ],
)
def test_typed_cities_and_countries_are_found_in_any_language(cities: Cities, typed: str, expected: str) -> None:
    assert zones(cities.find(typed, "en", NOW)) == [expected]


def test_what_is_not_known_is_not_guessed(cities: Cities) -> None:
    assert cities.find("Gotham City", "en", NOW) == ()


def test_of_a_country_with_several_times_there_is_a_city_for_each(cities: Cities) -> None:
    found = zones(cities.find("United States", "en", NOW))
    assert len(found) == 8
    assert {"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix"} <= set(found)
    assert len(cities.find("Deutschland", "de", NOW)) == 1


def test_the_buttons_are_the_times_where_the_language_is_spoken(cities: Cities) -> None:
    shown = [(time.offset, time.minute) for time in cities.times("ar", NOW)]
    assert shown == [(60 * hours, 16 * 60 + 40 + 60 * hours) for hours in range(5)]
    assert [time.offset for time in cities.times("de", NOW)] == [60]
    assert {-300, 0, 330, 600} <= {time.offset for time in cities.times("fr", NOW)}, "a language that is not loaded: as English"


def test_a_time_that_leaves_one_way_to_go_on_needs_no_choice(cities: Cities) -> None:
    assert zones(cities.showing(22 * 60 + 25, "en", NOW)) == ["Asia/Kathmandu"]
    assert zones(cities.showing(12 * 60 + 13, "en", NOW)) == [], "no clock shows it"


def test_a_time_that_leaves_several_is_asked_in_likely_cities(cities: Cities) -> None:
    """One or two for each way; where the language is spoken first."""
    german, arabic = zones(cities.showing(17 * 60 + 40, "de", NOW)), zones(cities.showing(17 * 60 + 40, "ar", NOW))
    assert german[0] == "Europe/Berlin"
    assert "Europe/Berlin" not in arabic
    assert {"Africa/Algiers", "Africa/Casablanca"} <= set(arabic)
    assert arabic.index("Africa/Casablanca") < arabic.index("Europe/Paris")
    assert 3 <= len(german) <= 8
    assert zones(cities.at_offsets([60], "de", NOW)) == german


def test_a_shared_place_gives_the_nearest_and_what_differs_near_it(cities: Cities) -> None:
    assert zones(cities.near(32.8, 34.99, NOW))[0] == "Asia/Jerusalem"
    assert zones(cities.near(49.84, 24.03, NOW))[:2] == ["Europe/Warsaw", "Europe/Kyiv"], "Lviv lies nearer to Warsaw"
