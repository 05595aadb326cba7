"""Telegram's own replies (`reply_to_message`): to the open question, to an older one, to an answer of one's own.

https://core.telegram.org/bots/api#message. A reply to a message that came before the latest question but one belongs to what is
over. A reply to anything newer, such as a complaint or a note, answers the open question.
"""

from handlers.visit.visit import Visit

OPEN, LATEST, OLDER = "open", "latest", "older"


def find_target(visit: Visit) -> str:
    """Which question these words are for: the open one, the latest answer's (a correction), or one that is over."""
    replied = (visit.arrival.message or {}).get("reply_to_message")
    number = replied.get("message_id") if isinstance(replied, dict) else None
    if not isinstance(number, int) or visit.run is None:
        return OPEN
    if number == visit.record.answer_message:
        return LATEST
    messages = visit.sent.messages
    known = messages.get(visit.question_key)
    before = [one for key, one in messages.items() if key != visit.question_key and (known is None or one[0] < known[0])]
    if not before or (known is not None and number == known[0]):
        return OPEN
    newest = max(one[0] for one in before)
    if number == newest and visit.record.answer_message > newest:
        return LATEST
    return OLDER if number <= newest else OPEN
