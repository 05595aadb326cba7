"""Which flow of a programme's `days` is due for a person: one a local calendar day, in their order. Pure: the host knows the date.

`progress` is a plain dict that the host keeps beside the person, {} for somebody who has begun nothing:

    {"since": "2026-03-01", "begun": {"day-1": "2026-03-01", "day-2": "2026-03-02"}, "done": {"day-1": "2026-03-01"}}

Every date is the person's local calendar day on which the flow was begun, in `done` too. An evening begun at 23:50 and finished at
00:10 belongs to the day it was begun, and the next one is due at once. `since` is the first of them. Other keys stay as they are.

Until somebody tells their zone, their dates are only supposed to be. So `moments` keeps when each flow was begun, by its name (ISO
8601 in UTC). `redate` puts the dates right once the zone is known.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from flow.programme import Programme
from flow.times.local_time import iso_date

DUE, TOMORROW, OVER, NONE = "due", "tomorrow", "over", "none"

Progress = Mapping[str, Any]


class Due(NamedTuple):
    """The day's part of a person. `flow` is None unless it is due; `number` counts in `days` from 1.

    `reason`: `due` (`flow`, the day `number`, may be begun now), `tomorrow` (today's is done; `number` is the next one's), `over`
    (nothing is left; `number` is how many days there are), `none` (the programme has no days; `number` is 0).
    """

    flow: str | None
    number: int
    reason: str


def due_day(programme: Programme, progress: Progress, today: date) -> Due:
    """The flow due on the person's local day `today`.

    `days_missed: stop`: a missed day keeps its place, what is not done is due until it is. `skip`: the days run with the calendar
    from `since`, and a missed one is passed over. A flow begun today and left may be begun again today. A done flow is never due
    again, nor is a second flow on one date, even when a journey west turns the date back.
    """
    days, done = programme.days, progress.get("done")
    if not days:
        return _make_due(None, 0, NONE)
    used = max(done.values()) >= iso_date(today) if done else False  # ISO days sort as dates do
    index = _days_since(progress, today) + used if programme.days_missed == "skip" else 0
    if done:
        while index < len(days) and days[index] in done:
            index += 1
    if index >= len(days):
        return _make_due(None, len(days), OVER)
    return _make_due(None, index + 1, TOMORROW) if used else _make_due(days[index], index + 1, DUE)


_make_due = lru_cache(4096)(Due)  # the same few for everybody


def steady_day(programme: Programme, progress: Progress) -> tuple[str, Due] | None:
    """Of a programme that has days: what is due on every date after one (ISO; "" for any), until something is begun or done.

    None where that changes with the calendar.
    """
    if programme.days_missed == "skip" and "since" in progress:  # with nothing begun, the first flow is due on any date
        return None
    done = progress.get("done")
    return (max(done.values()), due_day(programme, progress, date.max)) if done else ("", first_due(programme))


def first_due(programme: Programme) -> Due:
    """The flow due on any date for somebody who has begun nothing, of a programme that has days."""
    return _make_due(programme.days[0], 1, DUE)


def day_begun(progress: Progress, flow: str, today: date, moment: datetime | None = None) -> dict[str, Any]:
    """The progress once `flow` was begun on the local day `today`; begun anew, the later date counts.

    `moment` is given while the zone is not known.
    """
    began = today.isoformat()
    since = min(progress.get("since", began), began)
    begun = {**progress, "since": since, "begun": {**progress.get("begun", {}), flow: began}}
    if moment is not None:
        begun["moments"] = {**progress.get("moments", {}), flow: moment.isoformat()}
    return begun


def redate(progress: Progress, zone: tzinfo) -> dict[str, Any]:
    """The progress once it is known that all of it happened in `zone`."""
    moments: Mapping[str, str] = progress.get("moments", {})
    dates = {flow: datetime.fromisoformat(at).astimezone(zone).date().isoformat() for flow, at in moments.items()}
    right: dict[str, Any] = {key: value for key, value in progress.items() if key != "moments"}
    for key in ("begun", "done"):
        if key in progress:
            right[key] = {flow: dates.get(flow, day) for flow, day in progress[key].items()}
    if dates and right.get("begun"):
        right["since"] = min(right["begun"].values())
    return right


def day_done(progress: Progress, flow: str, began_on: date, moment: datetime | None = None) -> dict[str, Any]:
    """The progress once `flow`, begun on the local day `began_on`, came to its end; done once more, the first date stays.

    `moment`: when it was begun, given while the zone is not known.
    """
    begun = progress if flow in progress.get("begun", {}) else day_begun(progress, flow, began_on, moment)
    return {**begun, "done": {flow: began_on.isoformat(), **progress.get("done", {})}}


def days_done(progress: Progress) -> int:
    """How many of the days were done."""
    return len(progress.get("done", {}))


def streak(progress: Progress, today: date) -> int:
    """Days in a row, up to today or yesterday, of which one flow was done."""
    dates = {date.fromisoformat(day) for day in progress.get("done", {}).values()}
    last = max(dates, default=None)
    if last is None or last < today - timedelta(days=1):
        return 0
    length = 1
    while last - timedelta(days=length) in dates:
        length += 1
    return length


def _days_since(progress: Progress, today: date) -> int:
    """Calendar days since the first flow was begun; 0 before."""
    since = progress.get("since")
    return max(0, (today - date.fromisoformat(since)).days) if since else 0
