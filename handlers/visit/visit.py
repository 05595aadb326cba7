"""A turn's visit to one person: what is said and changed (`saying.py`), and the run that is open."""

import logging
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from flow import engine
from flow.kinds.registry import find_kind
from flow.programme import Programme
from flow.schedule import Due, day_begun, due_day, streak
from flow.state.context import Context
from flow.state.effects import Effect, Ended, Settle
from flow.state.inputs import Input, Leave
from flow.state.run import Run
from handlers.rendering.keyboards import Markup, question_key, row
from handlers.rendering.messages import Item
from handlers.visit.answer_facts import asked_facts, keep_reminder
from handlers.visit.saying import Saying, play

logger = logging.getLogger("waymark.visit")

MOST_WALKS = 400  # of one flow, remembered to be counted: a diary of a year


class Visit(Saying):
    """With all that a handler may do to the open run."""

    @property
    def question_key(self) -> str:
        """The name of the open question."""
        return question_key(self.run.number, self.run.question_number) if self.run else ""

    @property
    def unsent(self) -> list[Item]:
        """Items that were still unsent when this turn began."""
        return [item for item in self.record.outbox if item["n"] > self.sent.sequence]

    @property
    def latest_answer(self) -> Any:
        """The value of the question before the open one; None for none."""
        answers = self.run.answers if self.run else ()
        return next((one["value"] for one in reversed(answers) if not one["replaced"] and find_kind(one["type"]).asks), None)

    @property
    def title(self) -> str:
        """The open flow's title."""
        return self.flow_title(self.run) if self.run else ""

    def flow_title(self, run: Run) -> str:
        """The title of a run's flow, in the content that it was begun with."""
        flow = self.content.flows.get(run.flow) if self.content else None
        return flow.title if flow else run.flow

    @property
    def menu_markup(self) -> Markup | None:
        """The menu as a button, where the person's programme has one."""
        programme = self.bot.catalogue.live.get(self.record.programme or "")
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
            moment = None if self.bot.clocks.knows(self.record) else self.now
            self.set_progress(programme.name, day_begun(self.progress(programme.name), flow, self.today, moment))
        self._take(engine.begin(programme, flow, number, self._context(programme), self.now))

    def resume(self, given: Input) -> tuple[Effect, ...]:
        """Ask the engine; its effects are said, and given back."""
        assert self.run is not None, "resume() needs an open run"
        if self.content is None:
            gone = Ended("broken", f"the content {self.run.digest} is gone")
            broken = self.run._replace(status="broken", ended_at=self.now.isoformat(), step=None, asked_at=None)
            return self._take(engine.Turn(broken, (Settle(self.run.question_number), gone)))
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
        return self.bot.clocks.zone_of(self.record)

    @property
    def here(self) -> datetime:
        """The person's local time."""
        return self.now.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The person's local date."""
        return self.here.date()

    def progress(self, programme: str) -> dict[str, Any]:
        """The state of a programme's days, for `flow.schedule`."""
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
        play(self, turn.run, turn.effects)
        if turn.run.status == "open":
            self.change(run=turn.run.to_dict())
        elif self.run is not None:
            self._close(turn.run)
        return turn.effects

    def _close(self, run: Run) -> None:
        """The run is over: on its way to the runs collection, its answers known to what comes later."""
        finished = run.finished()
        newest = {**self.record.answers.get(run.programme, {}), **dict(finished)}
        answers = {**self.record.answers, run.programme: newest}
        self.change(run=None, closed=(*self.record.closed, run.to_dict()), answers=answers)
        if self.content is not None and self.content.counted:
            self._remember(run.programme, self.content.counted, finished)
        self.run = None

    def _remember(self, programme: str, counted: Mapping[str, frozenset[str]], finished: list[tuple[str, dict[str, Any]]]) -> None:
        """Keep the values that the programme counts over all walks of a flow, from the walks that were finished now."""
        history = self.record.history.get(programme, {})
        for flow, values in finished:
            if flow in counted:
                kept = {step: value for step, value in values.items() if step in counted[flow]}
                history = {**history, flow: [*history.get(flow, ()), kept][-MOST_WALKS:]}
        if history:
            self.change(history={**self.record.history, programme: history})
