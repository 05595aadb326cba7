"""The programmes of a run of days, and the places where its people live."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

QUIET = (time(22), time(8))
GOOD, BAD = "Well", "Not so well"
# Everywhere below it is the 9th of March then, and the clocks of North America are put forward within the days that follow.
BEGIN = datetime(2027, 3, 9, 10, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kind:
    """One programme: its reminders of a date go out within a window of local times; `again`: so long after the first a second one
    would be, which falls into the quiet hours and waits for their end."""

    name: str
    remind: str
    opens: time
    closes: time
    again: timedelta | None = None


EVENING = Kind("evening", 'at: "19:00", again_after: [4h]', time(19), time(19), timedelta(hours=4))
ANYTIME = Kind("anytime", 'at: {between: ["17:00", "20:30"]}', time(17), time(20, 30))
KINDS = (EVENING, ANYTIME)

# A city as somebody types it, its zone, and another one with its zone to which they may move.
PLACES = (
    ("Honolulu", "Pacific/Honolulu", "Anchorage", "America/Anchorage"),
    ("Los Angeles", "America/Los_Angeles", "Denver", "America/Denver"),
    ("New York", "America/New_York", "Chicago", "America/Chicago"),
    ("Halifax", "America/Halifax", "New York", "America/New_York"),
    ("Sao Paulo", "America/Sao_Paulo", "Halifax", "America/Halifax"),
    ("Azores", "Atlantic/Azores", "London", "Europe/London"),
    ("London", "Europe/London", "Berlin", "Europe/Berlin"),
    ("Cairo", "Africa/Cairo", "Berlin", "Europe/Berlin"),
    ("Tehran", "Asia/Tehran", "Dubai", "Asia/Dubai"),
    ("Kabul", "Asia/Kabul", "Karachi", "Asia/Karachi"),
    ("Kathmandu", "Asia/Kathmandu", "Dhaka", "Asia/Dhaka"),
    ("Yangon", "Asia/Yangon", "Bangkok", "Asia/Bangkok"),
    ("Tokyo", "Asia/Tokyo", "Hong Kong", "Asia/Hong_Kong"),
    ("Adelaide", "Australia/Adelaide", "Sydney", "Australia/Sydney"),
    ("Auckland", "Pacific/Auckland", "Noumea", "Pacific/Noumea"),
)


def write_programmes(folder: Path, days: int) -> None:
    """All of KINDS below `folder`, with one question a day."""
    for kind in KINDS:
        place = folder / kind.name
        place.mkdir(parents=True)
        flows = ", ".join(f"day-{number}" for number in range(1, days + 1))
        remind = f'{{{kind.remind}, quiet: ["{QUIET[0]:%H:%M}", "{QUIET[1]:%H:%M}"]}}'
        head = f"programme: {kind.name}\ntitle: {kind.name.title()}\ndays: [{flows}]\nremind: {remind}\n"
        (place / "programme.yaml").write_text(head, encoding="utf-8")
        for number in range(1, days + 1):
            step = f'{{type: select_one, name: how, label: "{question(number)}", choices: [{GOOD}, {BAD}]}}'
            (place / f"day-{number}.yaml").write_text(f"title: Day {number}\nsteps:\n  - {step}\n", encoding="utf-8")


def question(number: int) -> str:
    """The questions of the day `number`."""
    return f"How is day {number}?"
