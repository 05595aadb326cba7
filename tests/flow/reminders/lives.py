"""People who are reminded, and the host that does it, for the tests of reminders."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flow.programme import Programme
from flow.reminders.due import Recipient, plan_reminders, take_reminder
from flow.schedule import day_begun

QUIET = ["22:00", "08:00"]
EVENING = {"at": "19:00", "quiet": QUIET}
AGAIN = {"at": "19:00", "again_after": ["20h", "2h"], "quiet": QUIET}


def made(remind=EVENING, missed="stop", days=("one", "two", "three")):
    """A programme that reminds like this."""
    flows = {name: {"title": name, "steps": [{"type": "text", "name": "t", "label": "x"}]} for name in ("one", "two", "three")}
    head = {"programme": "p", "title": "P", "menu": ["one"], "days": list(days), "days_missed": missed}
    return Programme.load({"programme": {**head, "remind": remind} if remind is not None else head, "flows": flows})


def utc(text):
    """An aware moment of `2026-03-01 18:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(moment):
    """As the tables write it."""
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M}"


class Life:
    """One person and the host: what is decided is kept as JSON, as in a store."""

    def __init__(self, programme, zone="UTC", at="2026-03-01 12:00", **more):
        self.programme, self.who = programme, Recipient(7, ZoneInfo(zone), **more)
        self.progress, self.sent, self.skipped = {}, [], []
        self.look(at)

    def keep(self, outlook):
        self.progress = json.loads(json.dumps(outlook.progress))
        self.next = outlook.next
        self.skipped += outlook.skipped
        return outlook

    def look(self, at):
        """Something happened: the next moment."""
        return shown(self.keep(plan_reminders(self.programme, self.progress, self.who, utc(at))).next)

    def wake(self, at):
        """The host wakes up: the key of what goes out."""
        outlook = self.keep(take_reminder(self.programme, self.progress, self.who, utc(at)))
        if outlook.due is not None:
            self.sent.append(outlook.due.key)
        return outlook.due.key if outlook.due else None

    def run(self, until):
        """Punctual wakes until then: (moment, key) of what went out."""
        found = []
        while self.next is not None and self.next < utc(until):
            at = self.next
            key = self.wake(at.replace(tzinfo=None).isoformat(" "))
            if key:
                found.append((shown(at), key.removeprefix("p/")))
        return found

    def change(self, at, **changes):
        """The person's circumstances change, and the host looks."""
        changes = {name: ZoneInfo(value) if name == "zone" else value for name, value in changes.items()}
        self.who = self.who._replace(**changes)
        return self.look(at)

    def begin(self, flow, day):
        """A flow is begun on a local date."""
        self.progress = day_begun(self.progress, flow, date.fromisoformat(day))
