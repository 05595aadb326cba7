"""Messages that belong to one before them: the parts that an app makes of a long text, the pictures of one album.

An app cuts a text of more than 4,096 characters and sends the parts one after the other. The first one is an answer at once; each
further part that follows within seconds is put behind it, as an edit would do. So no part ever answers the next question.
"""

from typing import Any

from flow.question.asking import LONGEST_TEXT
from flow.state.inputs import Back, Edited
from handlers.visit.visit import Visit

NEAR_LIMIT = 3500  # characters: apps cut at 4,096 at most, before that at the end of a line or a word
FULL = 4096
PART_SECONDS = 5  # between two parts, by Telegram's clock
PART = "part"  # in a person's settings: [date, characters so far, whether they are an answer] of a text near the limit
ALBUM = "album"  # in a person's settings: the media group whose first message was handled


def is_further_picture(visit: Visit) -> bool:
    """Whether this is a part of an album whose first part was handled; notes the album of a first one."""
    group = (visit.arrival.message or {}).get("media_group_id")
    if visit.record.settings.get(ALBUM) == group:
        return True
    visit.change(settings={**visit.record.settings, ALBUM: group})
    return False


def note_part(visit: Visit, is_answer: bool) -> None:
    """A text was handled as a message of its own; one near the limit may have further parts."""
    _note(visit, [visit.arrival.date, len(visit.arrival.text), is_answer])


def _note(visit: Visit, part: list[Any]) -> None:
    """A message that is not near the limit is the last part."""
    settings = visit.record.settings
    if len(visit.arrival.text) >= NEAR_LIMIT:
        visit.change(settings={**settings, PART: part})
    elif PART in settings:
        visit.change(settings={key: value for key, value in settings.items() if key != PART})


def take_part(visit: Visit) -> bool:
    """Whether this is a further part of a long text; then it is put behind the answer, or passed over with what was refused."""
    before, arrival = visit.record.settings[PART], visit.arrival
    if not arrival.text or not 0 <= arrival.date - before[0] <= PART_SECONDS:
        return False
    _, length, is_answer = before
    length += len(arrival.text)
    if is_answer and length > LONGEST_TEXT:
        is_answer = False
        if visit.run is not None:
            visit.resume(Back())
        visit.say_sentence("long", limit=LONGEST_TEXT)
    elif is_answer:
        _append(visit)
    _note(visit, [arrival.date, length, is_answer])
    visit.change(answer_message=0)
    return True


def _append(visit: Visit) -> None:
    latest = visit.latest_answer
    if visit.run is None or not isinstance(latest, str):
        return
    gap = "" if len(latest) % FULL == 0 else "\n"  # a part as long as the limit was cut inside a word
    visit.resume(Edited(latest + gap + visit.arrival.text))
