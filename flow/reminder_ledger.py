"""What was decided about a person's reminders of one programme, to and from the plain dict that the host keeps."""

from datetime import date, datetime, tzinfo
from typing import Any, NamedTuple

from flow.local_time import iso_date
from flow.schedule import Progress

KEY = "reminders"  # in the progress of the days


class Ledger(NamedTuple):
    """The fields are explained in flow/reminders.py. A tuple, because it is made several times a reminder."""

    zone: str
    through: date
    again: int = 0
    sent: int = 0
    first: datetime | None = None
    after: datetime | None = None
    until: datetime | None = None
    off: bool = False

    def has(self, day: date, ordinal: int) -> bool:
        """Whether that reminder is settled."""
        return self.through > day or (self.through == day and self.again >= ordinal)

    def settle(self, day: date, ordinal: int, sent_at: datetime | None = None) -> "Ledger":
        """That reminder, and all before it, went out at that moment, or never will."""
        if ordinal == 0:
            return Ledger(self.zone, day, 0, 0, sent_at, None, self.until, self.off)
        return self._replace(again=ordinal, sent=self.sent if sent_at is None else ordinal)


def read_ledger(progress: Progress) -> Ledger | None:
    """None for somebody who was never looked at."""
    kept = progress.get(KEY)
    if kept is None:
        return None
    get, read = kept.get, datetime.fromisoformat
    first, after, until = get("first"), get("after"), get("until")
    return Ledger(
        kept["zone"],
        date.fromisoformat(kept["through"]),
        get("again", 0),
        get("sent", 0),
        None if first is None else read(first),
        None if after is None else read(after),
        None if until is None else read(until),
        get("off", False),
    )


def write_ledger(progress: Progress, ledger: Ledger) -> dict[str, Any]:
    """The progress with it; what is as at the beginning is left out."""
    zone, through, again, sent, first, after, until, off = ledger
    kept: dict[str, Any] = {"zone": zone, "through": iso_date(through)}
    if again:
        kept["again"] = again
    if sent:
        kept["sent"] = sent
    if first is not None:
        kept["first"] = first.isoformat()
    if after is not None:
        kept["after"] = after.isoformat()
    if until is not None:
        kept["until"] = until.isoformat()
    if off:
        kept["off"] = True
    return {**progress, KEY: kept}


def redate_reminders(progress: Progress, zone: tzinfo) -> dict[str, Any]:
    """The progress once it is known that all of it happened in `zone`: a date that was served is the one of that calendar; where
    none was, the person is looked at as if for the first time."""
    ledger = read_ledger(progress)
    if ledger is None:
        return dict(progress)
    if ledger.first is None:
        return {key: value for key, value in progress.items() if key != KEY}
    return write_ledger(progress, ledger._replace(through=ledger.first.astimezone(zone).date()))
