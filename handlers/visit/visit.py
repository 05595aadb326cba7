"""One update of one person: a working copy of their document, and what is to be said. Nothing here waits or writes.

A handler changes the record and says things; `turns` saves both in one write. So a handler may run again from the start (when
somebody else wrote the person meanwhile) and nothing of the first try is left.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from database.records import Person, Sent
from flow import engine
from flow.programme import Programme
from flow.reminders.due import Skipped
from flow.schedule import Due, day_begun, due_day, streak
from flow.state.context import Context
from flow.state.effects import Ask, Complain, Effect, Ended, Pause, Refused, Retick, Say, Settle
from flow.state.inputs import Input, Leave
from flow.state.run import Run
from handlers.incoming.arrivals import Arrival
from handlers.incoming.lines import Lines
from handlers.rendering import messages
from handlers.rendering.keyboards import Markup, digest, row, token
from handlers.rendering.messages import Item
from handlers.rendering.richtext import Rendered, render
from handlers.rendering.sentences import sentence
from handlers.visit.answer_facts import asked_facts, keep_reminder
from handlers.visit.catalogue import Catalogue
from handlers.visit.clocks import Clocks
from handlers.visit.inputs import pressed_question
from handlers.visit.repeats import note_saying

logger = logging.getLogger("waymark.visit")

MOST_WALKS = 400  # of one flow, remembered to be counted: a diary of a year
LONGEST_TOAST = 200  # characters, https://core.telegram.org/bots/api#answercallbackquery
TOASTED = {"stale": "stale", "closed": "stale"}
SAID = {"first": "first", "closed": "not_open", "edit": "edit", "stale": "not_open", "worn": "worn"}


@dataclass(frozen=True, slots=True)
class House:
    """What every visit may look at."""

    catalogue: Catalogue
    clocks: Clocks
    lines: Lines
    late: timedelta  # by which a reminder may go out late
    admins: frozenset[int]
    report: Callable[[], Awaitable[str]]
    reload: Callable[[int, str], Awaitable[str]]
    spoken: Callable[[], None]  # to be called for everybody who is told something unasked
    skipped: Callable[[str, Skipped], None]  # for each reminder of that programme that does not go out


class Visit:
    """`record` is replaced, or changed by `change` alone; `sent` and `before` (record, run) are as they were when the turn began.
    `content` is that of the open run (None: it is gone). For the turn to carry out: `items` to say, `toast` on the pressed button,
    `ended_waits` (tokens), `unsaid` (what was still to be said is void), `forget` (the farewell's sentence)."""

    def __init__(
        self,
        house: House,
        arrival: Arrival,
        record: Person,
        sent: Sent,
        run: Run | None,
        content: Programme | None,
        now: datetime,
    ) -> None:
        self.house, self.arrival, self.content, self.now = house, arrival, content, now
        self.person = record.id
        self.record, self.sent = record, sent
        self._copy: Person | None = None
        self.run = run
        self.before = record, run
        self.items: list[Item] = []
        self.toast = ""
        self.ended_waits: set[str] = set()
        self.unsaid = False
        self.forget = ""
        self.heard_at = record.seen_at
        self.ended: tuple[Run, Ended] | None = None

    def change(self, **changes: Any) -> None:
        """These fields of the record are others from now on. Cheaper than `record.changed` the second time: the copy is ours."""
        if self.record is self._copy:
            self.record.put(**changes)
        else:
            self.record = self._copy = self.record.changed(**changes)

    # --- saying
    def say(self, text: str | Rendered, markup: Markup | None = None, kind: str = "") -> None:
        """A message of the bot's own; `kind` names what is said where its words vary."""
        if self.may_say(kind or digest(text if isinstance(text, str) else text.text)):
            self.items += messages.words(text, markup)

    def may_say(self, what: str) -> bool:
        """Whether to say it: in a burst the same is not said again and again (see repeats.py)."""
        settings = note_saying(self.record.settings, what, self.house.lines.waiting(self.person), self.now)
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

    # --- the open run
    @property
    def token(self) -> str:
        """The name of the open question."""
        return token(self.run.number, self.run.ask) if self.run else ""

    @property
    def unsent(self) -> list[Item]:
        """What was still to be said when this turn began."""
        return [item for item in self.record.outbox if item["n"] > self.sent.sequence]

    @property
    def title(self) -> str:
        """What the open flow is called."""
        return self.flow_title(self.run) if self.run else ""

    def flow_title(self, run: Run) -> str:
        """What the flow of a run is called, in the content that it was begun with."""
        flow = self.content.flows.get(run.flow) if self.content else None
        return flow.title if flow else run.flow

    @property
    def menu_markup(self) -> Markup | None:
        """The menu as a button, where the person's programme has one."""
        programme = self.house.catalogue.live.get(self.record.programme or "")
        return row((self.sentence("menu"), "m:")) if programme and any(programme.menu.values()) else None

    def leave(self, said: bool = False) -> None:
        """The open flow ends as left; `said`: with a closing word."""
        self.resume(Leave())
        if not said:
            self.ended = None

    def begin(self, programme: Programme, flow: str) -> None:
        """Begin a flow; what is open ends as left."""
        if self.run is not None:
            self.leave()
        number = self.record.run_count + 1
        record = self.record.changed(programme=programme.name, run_count=number)
        self.record = keep_reminder(record, programme, flow, self.today)
        self.content = programme
        if programme.days and self.due(programme).flow == flow:
            moment = None if self.house.clocks.knows(self.record) else self.now
            self.set_progress(programme.name, day_begun(self.progress(programme.name), flow, self.today, moment))
        self._take(engine.begin(programme, flow, number, self._context(programme), self.now))

    def resume(self, given: Input) -> tuple[Effect, ...]:
        """Ask the engine; its effects are said, and given back."""
        assert self.run is not None, "resume() needs an open run"
        if self.content is None:
            gone = Ended("broken", f"the content {self.run.digest} is gone")
            broken = self.run._replace(status="broken", ended_at=self.now.isoformat(), step=None, asked_at=None)
            return self._take(engine.Turn(broken, (Settle(self.run.ask), gone)))
        return self._take(engine.resume(self.content, self.run, given, self._context(self.content), self.now))

    def _context(self, programme: Programme) -> Context:
        record, day, row = self.record, 0, 0
        if programme.days:
            day, row = self.due(programme).number, streak(self.progress(programme.name), self.today)
        earlier, history = record.answers.get(programme.name, {}), record.history.get(programme.name, {})
        asked = {} if self.run is None else asked_facts(record, self.sent, self.run, self.arrival.is_heard)
        return Context(record.first_name, record.language, day, row, self.zone, earlier, asked, history)

    @property
    def zone(self) -> tzinfo:
        """The person's own."""
        return self.house.clocks.zone_of(self.record)

    @property
    def here(self) -> datetime:
        """What the person's clock shows."""
        return self.now.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The person's local date."""
        return self.here.date()

    def progress(self, programme: str) -> dict[str, Any]:
        """What `flow.schedule` needs of a programme's days."""
        return self.record.progress.get(programme, {})

    def set_progress(self, programme: str, progress: dict[str, Any]) -> None:
        """The days moved on."""
        self.change(progress={**self.record.progress, programme: progress})

    def due(self, programme: Programme) -> Due:
        """Which day's flow is due for this person."""
        return due_day(programme, self.progress(programme.name), self.today)

    def _take(self, turn: engine.Turn) -> tuple[Effect, ...]:
        for fault in turn.faults:
            logger.warning("programme %s: %s", turn.run.programme, fault)
        self.run = turn.run
        self._play(turn.effects)
        if turn.run.status == "open":
            self.change(run=turn.run.to_dict())
        elif self.run is not None:
            self._close(turn.run)
        return turn.effects

    def _close(self, run: Run) -> None:
        """The run is over: on its way to the runs collection, its answers known to what comes later."""
        newest = {**self.record.answers.get(run.programme, {}), **run.values()}
        answers = {**self.record.answers, run.programme: newest}
        self.change(run=None, closed=(*self.record.closed, run.to_dict()), answers=answers)
        self._remember(run)
        self.run = None

    def _remember(self, run: Run) -> None:
        """What the programme counts over all walks of a flow, of those that were finished now."""
        counted = self.content.counted if self.content else {}
        history = self.record.history.get(run.programme, {})
        for flow, values in run.finished():
            if flow in counted:
                kept = {step: value for step, value in values.items() if step in counted[flow]}
                history = {**history, flow: [*history.get(flow, ()), kept][-MOST_WALKS:]}
        if history:
            self.change(history={**self.record.history, run.programme: history})

    # --- effects
    def _play(self, effects: Iterable[Effect]) -> None:
        assert self.run is not None, "effects are those of a run"
        number, programme = self.run.number, self.run.programme
        for effect in effects:
            match effect:
                case Ask():
                    self.items += messages.ask(effect, number, programme)
                case Settle():
                    self._settle(token(number, effect.ask), effect.chosen)
                case Say():
                    self.items += messages.say(effect, programme)
                case Pause():
                    self.items.append(messages.pause(effect.seconds))
                case Retick():
                    self.items.append(messages.retick(number, effect.ask, effect.rows))
                case Complain():
                    self._complain(effect)
                case Refused():
                    self._refuse(effect.why)
                case Ended():
                    self.ended = (self.run, effect)

    def _settle(self, name: str, chosen: tuple[str, ...]) -> None:
        """The keyboard goes, the choice stays; a question whose words alone were sent needs nothing."""
        known = self.sent.messages.get(name)
        due = self.end_wait(name)
        if known is None or known[3] in ("text", "caption"):
            self.items.append(messages.settle(name, due["shown"] if due else self._pressed_message(name), chosen))

    def end_wait(self, name: str) -> dict[str, Any] | None:
        """Nothing is due for question `name` any more; gives what was."""
        self.ended_waits.add(name)
        return next((due for due in self.sent.due if due["token"] == name), None) if self.sent.due else None

    def _pressed_message(self, name: str) -> dict[str, Any] | None:
        """The question as it stands in the chat, when the press on it is what we handle: Telegram sends it along."""
        pressed = pressed_question(self.arrival)
        return self.arrival.message if pressed and token(*pressed[:2]) == name else None

    def _complain(self, effect: Complain) -> None:
        if effect.text is not None:
            self.say(render(effect.text), kind=effect.code)
        else:
            self.answer(self.sentence(effect.code, **effect.values), effect.code)

    def _refuse(self, why: str) -> None:
        if self.arrival.kind == "press":
            self.answer(self.sentence(TOASTED.get(why, "stale")))
            self.clear_pressed()
        elif self.arrival.kind != "elapsed":
            self.say_sentence(SAID[why])
