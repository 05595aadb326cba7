"""Facts that studies want beside an answer: when its question was sent and first touched, and which reminder led to it.

It is kept with the answer as far as it is known: `sent_at`; `touched_at`, where that was before the answer; `elapsed`, true where
time answered and not the person; `reminder` (its key) and `due_at` (when that was due), where one had gone out for the flow.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from database.records import Person, Sent
from flow.programme import Programme
from flow.reminders.due import Reminder, find_last_reminder
from flow.state.run import Run
from handlers.rendering.keyboards import question_key

TOUCHED = "touched"  # in a person's settings: [question key, when it was first tried to answer it (ISO 8601)]
REMINDED = "reminded"  # in a person's settings: the reminder that went out last, {"programme", "flow", "key", "due_at"}


def asked_facts(record: Person, sent: Sent, run: Run, is_heard: bool) -> dict[str, Any]:
    """The facts of the open question, should it be answered now."""
    name, settings = question_key(run.number, run.question_number), record.settings
    facts: dict[str, Any] = {}
    if (moment := first_sent(sent, name)) is not None:
        facts["sent_at"] = moment
    if not is_heard:
        facts["elapsed"] = True
    if (touched := settings.get(TOUCHED)) is not None and touched[0] == name:
        facts["touched_at"] = touched[1]
    if (reminded := settings.get(REMINDED)) is not None and _is_for(reminded, run.programme, run.flow):
        facts["reminder"], facts["due_at"] = reminded["key"], reminded["due_at"]
    return facts


def first_sent(sent: Sent, name: str) -> str | None:
    """When the first copy of question `name` was sent (ISO 8601), None for one that was not."""
    known = sent.messages.get(name)
    return None if known is None else known[4] if len(known) > 4 else known[1]


def note_touch(record: Person, run: Run, now: datetime) -> Person:
    """The person did something with the open question that did not answer it; the first time counts."""
    name, touched = question_key(run.number, run.question_number), record.settings.get(TOUCHED)
    if touched is not None and touched[0] == name:
        return record
    return record.changed(settings={**record.settings, TOUCHED: [name, now.isoformat()]})


def note_reminder(record: Person, programme: str, due: Reminder) -> Person:
    """It goes out now: what is answered in its flow from here on was answered by it."""
    reminded = {"programme": programme, "flow": due.flow, "key": due.key, "due_at": due.at.isoformat()}
    return record.changed(settings={**record.settings, REMINDED: reminded})


def keep_reminder(record: Person, programme: Programme, flow: str, today: date) -> Person:
    """The flow is begun: a reminder of it whose day is long over has nothing to do with that."""
    reminded = record.settings.get(REMINDED)
    if reminded is None or not _is_for(reminded, programme.name, flow):
        return record
    if find_last_reminder(programme, record.progress.get(programme.name, {}), today) == reminded["key"]:
        return record
    return record.changed(settings={key: value for key, value in record.settings.items() if key != REMINDED})


def _is_for(reminded: Mapping[str, Any], programme: str, flow: str) -> bool:
    return bool(reminded["flow"] == flow and reminded["programme"] == programme)
