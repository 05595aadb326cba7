"""One update of one person: a working copy of their document, and what is to be said. Nothing here waits or writes.

A handler changes the record and says things; `turns` saves both in one write. So a handler may run again from the start (when
somebody else wrote the person meanwhile) and nothing of the first try is left.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from database.records import Person, Sent
from flow.programme import Programme
from flow.question.buttons import MEANT
from flow.state.effects import Ask, Complain, Effect, Ended, Pause, Refused, Retick, Say, Settle
from flow.state.run import Run
from handlers.incoming.arrivals import Arrival
from handlers.rendering import messages
from handlers.rendering.keyboards import Markup, digest, question_key, question_keyboard
from handlers.rendering.messages import Item
from handlers.rendering.richtext import Rendered, render
from handlers.rendering.sentences import sentence
from handlers.visit.bot_context import BotContext
from handlers.visit.inputs import pressed_question
from handlers.visit.repeats import note_saying

TOASTED = {"stale": "stale", "closed": "stale"}
SAID = {"first": "first", "closed": "not_open", "edit": "edit", "stale": "not_open", "worn": "worn"}
LONGEST_TOAST = 200  # characters, https://core.telegram.org/bots/api#answercallbackquery


class Saying:
    """The record and the words of a visit. `record` is replaced, or changed by `change` alone; `sent` and `before` (record, run)
    are as they were when the turn began. `run` is the open one, `content` its programme (None: it is gone).

    For the turn to carry out: `items` to say, `toast` on the pressed button, `ended_waits` (question keys), `unsaid` (what was
    still to be said is void), `forget` (the farewell's sentence). `ended` is the run that ended, and how, if that is to be told.
    """

    def __init__(
        self,
        bot: BotContext,
        arrival: Arrival,
        record: Person,
        sent: Sent,
        run: Run | None,
        content: Programme | None,
        now: datetime,
    ) -> None:
        self.bot, self.arrival, self.now = bot, arrival, now
        self.person, self.heard_at = record.id, record.seen_at
        self.record, self.sent = record, sent
        self.run, self.content = run, content
        self.before = record, run
        self._copy: Person | None = None
        self.items: list[Item] = []
        self.toast = ""
        self.ended_waits: set[str] = set()
        self.unsaid = False
        self.forget = ""
        self.ended: tuple[Run, Ended] | None = None

    def change(self, **changes: Any) -> None:
        """These fields of the record are others from now on. Cheaper than `record.changed` the second time: the copy is ours."""
        if self.record is self._copy:
            self.record.put(**changes)
        else:
            self.record = self._copy = self.record.changed(**changes)

    def say(self, text: str | Rendered, markup: Markup | None = None, kind: str = "") -> None:
        """A message of the bot's own; `kind` names what is said where its words vary."""
        if self.may_say(kind or digest(text if isinstance(text, str) else text.text)):
            self.items += messages.words(text, markup)

    def may_say(self, what: str) -> bool:
        """Whether to say it: in a burst the same is not said again and again (see repeats.py)."""
        settings = note_saying(self.record.settings, what, self.bot.lines.waiting(self.person), self.now)
        if settings is None:
            return self.ended is not None
        if settings != self.record.settings:
            self.change(settings=settings)
        return True

    def sentence(self, name: str, **values: Any) -> str:
        """One of the bot's sentences, in the person's language."""
        return sentence(name, self.record.language, **values)

    def say_sentence(self, name: str, markup: Markup | None = None, **values: Any) -> None:
        """One of the bot's sentences as a message."""
        self.say(self.sentence(name, **values), markup, name)

    def answer(self, text: str, kind: str = "") -> None:
        """A short word: beside the pressed button, else as a message."""
        if self.arrival.kind == "press" and len(text) <= LONGEST_TOAST:
            self.toast = text
        else:
            self.say(text, kind=kind)

    def settle_pressed(self) -> None:
        """A question of the bot's own was answered: the choice is shown, the keyboard goes."""
        if self.arrival.message_id and self.arrival.message:
            self.items.append(messages.settle_pressed(self.arrival.message, self.arrival.data))

    def clear_pressed(self) -> None:
        """The keyboard that was pressed on is an old one: it goes."""
        if self.arrival.message_id:
            self.items.append(messages.clear_keyboard(self.arrival.message_id))

    def forget_all(self, farewell: str) -> None:
        """Every byte of this person goes; the sentence `farewell` is the last word."""
        self.forget = farewell

    def drop_unsent(self) -> None:
        """Nothing of what was to be said goes out any more, no wait is waited out."""
        self.unsaid = True

    def end_wait(self, name: str) -> dict[str, Any] | None:
        """Nothing is due for question `name` any more; gives what was."""
        self.ended_waits.add(name)
        return next((due for due in self.sent.due if due["token"] == name), None) if self.sent.due else None


def play(visit: Saying, run: Run, effects: Iterable[Effect]) -> None:
    """Say them, in their order."""
    number, programme = run.number, run.programme
    for effect in effects:
        match effect:
            case Ask():
                visit.items += messages.ask(effect, number, programme)
            case Settle():
                _settle(visit, run, effect.question_number, effect.chosen)
            case Say():
                visit.items += messages.say(effect, programme)
            case Pause():
                visit.items.append(messages.pause(effect.seconds))
            case Retick():
                visit.items.append(messages.retick(number, effect.question_number, effect.rows))
            case Complain():
                _complain(visit, effect)
            case Refused():
                _refuse(visit, effect.why)
            case Ended():
                visit.ended = (run, effect)


def _settle(visit: Saying, run: Run, question_number: int, chosen: tuple[str, ...]) -> None:
    """The keyboard goes, the choice stays; a question whose words alone were sent needs nothing."""
    name, shown = question_key(run.number, question_number), None
    known, due, kind = visit.sent.messages.get(name), visit.end_wait(name), visit.arrival.kind
    if kind == "press" and (pressed := pressed_question(visit.arrival)) is not None and pressed[1] == question_number:
        if pressed[2].startswith(MEANT):  # on a message that asks what a typed number meant
            visit.settle_pressed()
        elif pressed[0] == run.number:
            shown = visit.arrival.message  # the question as it stands in the chat: Telegram sends it along
    if due and kind == "elapsed":
        visit.items.append({**messages.with_line(due["shown"], visit.sentence("time_over")), "token": name})
    elif known is None or known[3] in ("text", "caption"):
        visit.items.append(messages.settle(name, due["shown"] if due else shown, chosen))


def _complain(visit: Saying, effect: Complain) -> None:
    if effect.text is not None:
        visit.say(render(effect.text), kind=effect.code)
    elif effect.rows and visit.run is not None:
        markup = question_keyboard(visit.run.number, visit.run.question_number, effect.rows)
        visit.say_sentence(effect.code, markup, **effect.values)
    else:
        visit.answer(visit.sentence(effect.code, **effect.values), effect.code)


def _refuse(visit: Saying, why: str) -> None:
    if visit.arrival.kind == "press":
        visit.answer(visit.sentence(TOASTED.get(why, "stale")))
        visit.clear_pressed()
    elif visit.arrival.kind != "elapsed":
        visit.say_sentence(SAID[why])
