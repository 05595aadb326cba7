"""What the demo gives to the bot beside it."""

import pytest

from simulator.demo import find_zone


@pytest.mark.parametrize(
    ("zone", "given"),
    [
        ("Asia/Kathmandu", {"DEFAULT_TIMEZONE": "Asia/Kathmandu"}),
        (":Europe/Berlin", {"DEFAULT_TIMEZONE": "Europe/Berlin"}),
        ("CET-1CEST", {}),  # rules instead of a name
    ],
)
def test_people_without_a_zone_live_in_the_one_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, zone: str, given: dict[str, str]
) -> None:
    monkeypatch.setenv("TZ", zone)
    assert find_zone() == given
