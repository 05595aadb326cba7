"""The decisions about a person's reminders of one programme, to and from the plain dict that the host keeps."""

from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any

from flow.schedule import Progress
from flow.times.local_time import iso_date, iso_moment, read_date

KEY = "reminders"  # in the progress of the days


@dataclass(slots=True)  # not frozen: that doubles the time to make one, and each reminder takes two
class Ledger:
    """The fields are explained in flow/reminders/due.py. Nobody changes one: `changed` makes another."""

    zone: str
    through: date
    again: int = 0
    sent: int = 0
    first: datetime | None = None
    after: datetime | None = None
    until: datetime | None = None
    off: bool = False

    def changed(self, **fields: Any) -> "Ledger":
        """The same with other values in these fields."""
        return replace(self, **fields)

    def has(self, day: date, ordinal: int) -> bool:
        """Whether that reminder is settled."""
        return self.through > day or (self.through == day and self.again >= ordinal)

    def settle(self, day: date, ordinal: int, sent_at: datetime | None = None) -> "Ledger":
        """That reminder, and all before it, went out at that moment, or never will."""
        if ordinal == 0:
            return Ledger(self.zone, day, 0, 0, sent_at, None, self.until, self.off)
        sent = self.sent if sent_at is None else ordinal
        return Ledger(self.zone, self.through, ordinal, sent, self.first, self.after, self.until, self.off)


def read_ledger(progress: Progress) -> Ledger | None:
    """None for somebody who was never looked at."""
    kept = progress.get(KEY)
    if kept is None:
        return None
    get, read = kept.get, datetime.fromisoformat
    first, after, until = get("first"), get("after"), get("until")
    return Ledger(
        kept["zone"],
        read_date(kept["through"]),
        get("again", 0),
        get("sent", 0),
        None if first is None else read(first),
        None if after is None else read(after),
        None if until is None else read(until),
        get("off", False),
    )


def write_ledger(progress: Progress, ledger: Ledger) -> dict[str, Any]:
    """The progress with it; what is as at the beginning is left out."""
    kept: dict[str, Any] = {"zone": ledger.zone, "through": iso_date(ledger.through)}
    if ledger.again:
        kept["again"] = ledger.again
    if ledger.sent:
        kept["sent"] = ledger.sent
    if ledger.first is not None:
        kept["first"] = iso_moment(ledger.first)
    if ledger.after is not None:
        kept["after"] = iso_moment(ledger.after)
    if ledger.until is not None:
        kept["until"] = iso_moment(ledger.until)
    if ledger.off:
        kept["off"] = True
    return {**progress, KEY: kept}


def redate_reminders(progress: Progress, zone: tzinfo) -> dict[str, Any]:
    """The progress once it is known that all of it happened in `zone`: a served date becomes the one of that calendar. Where none
    was served, the person is looked at as if for the first time."""
    ledger = read_ledger(progress)
    if ledger is None:
        return dict(progress)
    if ledger.first is None:
        return {key: value for key, value in progress.items() if key != KEY}
    return write_ledger(progress, ledger.changed(through=ledger.first.astimezone(zone).date()))
