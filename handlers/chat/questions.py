"""A person's answers: a press, words, an edit, something that no question takes, a wait that is over."""

from datetime import datetime

from flow.question.texts import show_value
from flow.state.effects import Complain, Refused, Retick
from flow.state.inputs import Edited, Show
from handlers.chat.entering import choose_programme, offer_open
from handlers.chat.parts import NEAR_LIMIT, PART, is_further_picture, note_part, take_part
from handlers.chat.replies import LATEST, OPEN, find_target
from handlers.chat.settings import may_type_zone, take_typed_zone
from handlers.due.expiry import close_if_over
from handlers.visit.answer_facts import note_touch
from handlers.visit.inputs import make_input
from handlers.visit.visit import Visit


async def press(visit: Visit) -> None:
    """A button of a question."""
    if visit.run is None:
        visit.toast = visit.sentence("stale")
        visit.clear_pressed()
    else:
        _put(visit)


async def words(visit: Visit) -> None:
    """Typed words, or something that no question takes (a sticker, a voice message)."""
    message = visit.arrival.message or {}
    if ("media_group_id" in message and is_further_picture(visit)) or (may_type_zone(visit) and await take_typed_zone(visit)):
        return
    close_if_over(visit)
    if PART in visit.record.settings and take_part(visit):
        return
    if visit.run is None:
        _nothing_open(visit)
    elif _is_silent_too_long(visit):
        offer_open(visit)
    elif _was_never_shown(visit):
        visit.resume(Show())
    elif "reply_to_message" in message and (target := find_target(visit)) != OPEN:
        _take_reply(visit, target)
    elif _is_early(visit):
        _say_early(visit)
    else:
        _answer(visit)


def _take_reply(visit: Visit, target: str) -> None:
    if target == LATEST:
        _correct(visit)
    else:
        visit.say_sentence("reply_older")
        visit.resume(Show())


def _correct(visit: Visit) -> None:
    """A reply to one's own latest answer, or to its question, is what an edit of it would be."""
    effects = visit.resume(Edited(visit.arrival.text))
    if not any(isinstance(effect, Refused) for effect in effects):
        visit.change(answer_message=visit.arrival.message_id)


def _answer(visit: Visit) -> None:
    assert visit.run is not None, "words() looked"
    before = visit.run.question_number
    _put(visit)
    words, is_answer = visit.arrival.text, visit.run is None or visit.run.question_number != before
    if words and is_answer:
        visit.change(answer_message=visit.arrival.message_id)
    if len(words) >= NEAR_LIMIT or PART in visit.record.settings:
        note_part(visit, is_answer)


def _put(visit: Visit) -> None:
    assert visit.run is not None, "something is open"
    asked = visit.run.question_number
    effects = visit.resume(make_input(visit.arrival, visit.run))
    if (
        visit.run is not None
        and visit.run.question_number == asked
        and any(isinstance(effect, Complain | Retick) for effect in effects)
    ):
        visit.record = note_touch(visit.record, visit.run, visit.now)


async def edited(visit: Visit) -> None:
    """An edited message takes the place of the latest answer when it was its message and fits; then its flow goes on from there.

    The same words again say nothing: Telegram sends an edit for a first reaction and for a link preview too.
    """
    run, arrival = visit.run, visit.arrival
    if run is not None and arrival.text and arrival.message_id == visit.record.answer_message:
        visit.resume(make_input(arrival, run))
    elif not _was_kept(visit, arrival.text):
        visit.say_sentence("edit" if run is not None else "edit_closed")


def _was_kept(visit: Visit, text: str) -> bool:
    """Whether these words are an answer already."""
    here = visit.run.answers if visit.run else ()
    values = [answer["value"] for answer in here]
    values += [value for flows in visit.record.answers.values() for steps in flows.values() for value in steps.values()]
    return text.strip() in {show_value(value) for value in values}


async def elapsed(visit: Visit) -> None:
    """A wait that is over; one whose question is no longer open is dropped without a trace."""
    if visit.run is not None and visit.arrival.data == visit.question_key:
        visit.resume(make_input(visit.arrival, visit.run))
    visit.end_wait(visit.arrival.data)


def _nothing_open(visit: Visit) -> None:
    """A newcomer is led in; anybody else is told what can be done."""
    if visit.record.run_count == 0:
        choose_programme(visit)
    elif visit.arrival.kind == "text":
        visit.say_sentence("not_open", visit.menu_markup)
    else:
        visit.say_sentence("kind", visit.menu_markup)


def _was_never_shown(visit: Visit) -> bool:
    """Telegram refused the open question in every form: it is neither known as sent nor on its way."""
    return visit.question_key not in visit.sent.messages and all(item.get("token") != visit.question_key for item in visit.unsent)


def _is_early(visit: Visit) -> bool:
    """Whether these words were written before the question could be seen.

    Message ids rise within a chat: an id above the question's is newer than that copy, one below it is older. Where there may be an
    earlier copy of unknown id, only the seconds tell. Words with a lower id are then taken only if they were surely written after
    the question was first asked.
    """
    assert visit.run is not None, "asked only while something is open"
    known = visit.sent.messages.get(visit.question_key)
    if known is None:
        return True
    if visit.arrival.message_id > int(known[0]):
        return False
    if not known[2]:
        return True
    asked = datetime.fromisoformat(visit.run.asked_at or visit.run.began_at).timestamp()
    return visit.arrival.date <= int(asked)


def _say_early(visit: Visit) -> None:
    """Once a question is enough for what was written in one second; who writes again later waits for a word."""
    mark = [visit.question_key, visit.arrival.date]
    if visit.record.settings.get("early") != mark:
        visit.change(settings={**visit.record.settings, "early": mark})
        visit.say_sentence("early")


def _is_silent_too_long(visit: Visit) -> bool:
    inactivity = visit.content.inactivity if visit.content else None
    return inactivity is not None and inactivity.ask_after is not None and _silence(visit) > inactivity.ask_after


def _silence(visit: Visit) -> float:
    """Seconds since the person was last heard, or the open question asked."""
    assert visit.run is not None, "asked only while something is open"
    last = max(visit.heard_at, visit.run.asked_at or "")
    return (visit.now - datetime.fromisoformat(last)).total_seconds() if last else 0.0
