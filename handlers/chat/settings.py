"""/settings: the person's own clock. "What time is it where you are?", answered by a button, a city, a time, or a shared place."""

import re
from collections.abc import Sequence

from flow.reminders.due import redate_reminders
from flow.schedule import redate
from flow.times.typed_places import read_time
from flow.times.zones import City
from handlers.rendering.keyboards import Markup, column
from handlers.visit.cities import Cities
from handlers.visit.clocks import ZONE
from handlers.visit.visit import Visit

ASKED = "zone_asked"  # in a person's settings: whether the next words may be the answer: now, later (once no flow is open), or ""
_OFFSET = re.compile(r"-?[0-9]{1,4}")


async def settings(visit: Visit) -> None:
    """/settings."""
    cities = await visit.bot.clocks.ready()
    visit.say_sentence("clock", time=f"{visit.here:%H:%M}")
    _ask_zone(visit, cities, "now")


def _ask_zone(visit: Visit, cities: Cities, when: str) -> None:
    """The question, with the times where the person's language is spoken."""
    times = cities.times(visit.record.language or "en", visit.now)
    buttons = [{"text": _clock(shown.minute), "callback_data": f"t:o:{shown.offset}"} for shown in times]
    visit.change(settings={**visit.record.settings, ASKED: when})
    visit.say_sentence("zone_ask", {"inline_keyboard": [buttons[at : at + 4] for at in range(0, len(buttons), 4)]})


def ask_zone_once(visit: Visit) -> None:
    """Asked once, after the first flow of a programme that reminds. In a process's first second the cities are not there yet; then
    the next flow's end will do."""
    cities = visit.bot.clocks.cities
    if cities is not None and not {ZONE, ASKED} & set(visit.record.settings):
        _ask_zone(visit, cities, "later")


async def choose_zone(visit: Visit, kind: str, word: str) -> None:
    """A press on a time (its offset in minutes) or on a city (its zone)."""
    visit.settle_pressed()
    cities = await visit.bot.clocks.ready()
    if (kind == "o" and not word.removeprefix("-").isdecimal()) or (kind == "z" and not visit.bot.clocks.has(word)):
        visit.toast = visit.sentence("unknown_button")
    elif kind == "z":
        _set_zone(visit, word)
    else:
        _offer(visit, cities, cities.at_offsets([int(word)], visit.record.language, visit.now))


def may_type_zone(visit: Visit) -> bool:
    """Whether the question waits for the person's next words."""
    return bool(visit.record.settings.get(ASKED))


async def take_typed_zone(visit: Visit) -> bool:
    """Whether the words, or the shared place, were meant for the question and are settled. Call when `may_type_zone`.

    It waits for one answer only. While a flow is open the words are its own, unless /settings was said just before.
    """
    cities = await visit.bot.clocks.ready()
    asked = visit.record.settings[ASKED]
    visit.change(settings={**visit.record.settings, ASKED: ""})
    if visit.run is not None and asked != "now":
        return False
    found = _find(visit, cities)
    if not found and visit.run is not None:
        return False
    if found and _is_guess(visit, cities):
        _offer_guess(visit, cities, found, asked)
    else:
        _offer(visit, cities, found)
    return True


def _is_guess(visit: Visit, cities: Cities) -> bool:
    """Whether the words are a name that is not known as it stands."""
    text = visit.arrival.text
    return bool(text) and read_time(text) is None and not cities.knows(text)


def _offer_guess(visit: Visit, cities: Cities, places: Sequence[City], asked: str) -> None:
    """Haifa is not Halifax: what is only like a known name is offered with the time there, never taken. Another try may follow."""
    visit.change(settings={**visit.record.settings, ASKED: asked})
    buttons = (
        (f"{cities.city(one, visit.record.language)}, {visit.now.astimezone(one.zone):%H:%M}", f"t:z:{one.name}") for one in places
    )
    visit.say_sentence("zone_near", column(*buttons))


def _find(visit: Visit, cities: Cities) -> Sequence[City]:
    language, place = visit.record.language, (visit.arrival.message or {}).get("location")
    if place:
        return cities.near(place["latitude"], place["longitude"], visit.now)
    minute = read_time(visit.arrival.text)
    if minute is not None:
        return cities.showing(minute, language, visit.now)
    return cities.find(visit.arrival.text, language, visit.now)


def _offer(visit: Visit, cities: Cities, places: Sequence[City]) -> None:
    if not places:
        visit.say_sentence("zone_unknown")
    elif len(places) == 1:
        _set_zone(visit, places[0].name)
    else:
        visit.say_sentence("zone_which", _cities(visit, cities, places))


def _cities(visit: Visit, cities: Cities, places: Sequence[City]) -> Markup:
    return column(*((cities.city(place, visit.record.language), f"t:z:{place.name}") for place in places))


def _set_zone(visit: Visit, name: str) -> None:
    """Everything still due moves with it; nothing of today is said again (flow.reminders.due sees to that).

    The first time it is no move: the person has been there all along, and what they began is dated by their own calendar.
    """
    is_first = not visit.bot.clocks.knows(visit.record)
    visit.change(settings={**visit.record.settings, ZONE: name, ASKED: ""})
    if is_first:
        for programme, progress in visit.record.progress.items():
            visit.set_progress(programme, redate_reminders(redate(progress, visit.zone), visit.zone))
    visit.say_sentence("zone_set", time=f"{visit.here:%H:%M}")


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
