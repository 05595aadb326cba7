"""What was decided about a person's reminders of one programme, to and from the plain dict that the host keeps."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self

from flow.schedule import Progress

KEY = "reminders"  # in the progress of the days


@dataclass(frozen=True, slots=True)
class Ledger:
    """The fields are explained in flow/reminders.py."""

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

    def settle(self, day: date, ordinal: int, sent_at: datetime | None = None) -> Self:
        """That reminder, and all before it, went out at that moment, or never will."""
        if ordinal == 0:
            return type(self)(self.zone, day, first=sent_at, until=self.until, off=self.off)
        return replace(self, again=ordinal, sent=self.sent if sent_at is None else ordinal)


def read_ledger(progress: Progress) -> Ledger | None:
    """None for somebody who was never looked at."""
    kept = progress.get(KEY)
    if kept is None:
        return None
    get = kept.get
    return Ledger(
        kept["zone"],
        date.fromisoformat(kept["through"]),
        get("again", 0),
        get("sent", 0),
        _read_moment(get("first")),
        _read_moment(get("after")),
        _read_moment(get("until")),
        get("off", False),
    )


def write_ledger(progress: Progress, ledger: Ledger) -> dict[str, Any]:
    """The progress with it; what is as at the beginning is left out."""
    numbers = {"again": ledger.again, "sent": ledger.sent, "off": ledger.off}
    moments = {"first": ledger.first, "after": ledger.after, "until": ledger.until}
    kept: dict[str, Any] = {"zone": ledger.zone, "through": ledger.through.isoformat()}
    kept.update({name: number for name, number in numbers.items() if number})
    kept.update({name: moment.isoformat() for name, moment in moments.items() if moment is not None})
    return {**progress, KEY: kept}


def _read_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
