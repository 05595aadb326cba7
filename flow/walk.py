"""One turn of one run: a working copy that records answers, follows the steps to the next question, and gathers effects."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flow.asking import first_ticks, make_ask
from flow.context import Context, Turn
from flow.effects import Effect, Ended, Pause, Say, Settle
from flow.history import count_answers, replace_current, take_back
from flow.plan import Plan, PlanStep, Target
from flow.programme import Programme
from flow.run import Run
from flow.scope import Scope
from flow.steps import Subflow
from flow.texts import length_of
from flow.times.local_time import iso_moment

DEEPEST = 20  # flows inside one another
MOST_TURNS_BACK = 100  # jumps back and flows begun within one turn: more is a circle without a question
PAUSE_LEAST, PAUSE_A_CHARACTER, PAUSE_BASE, PAUSE_MOST, PAUSE_MEDIA = 1.0, 0.03, 0.5, 6.0, 2.0  # seconds


class BrokenContent(Exception):
    """The content makes no sense here: a jump to nowhere, a flow that is not there, a circle without a question."""


class Walk:
    """A run being moved on. The public names are the run's own (see flow.run.Run); `turn()` freezes them again."""

    __slots__ = (
        "answers",
        "ask",
        "asked_at",
        "attempt",
        "context",
        "current",
        "effects",
        "ended_at",
        "frames",
        "plan",
        "programme",
        "run",
        "scope",
        "stamp",
        "status",
        "step",
        "ticks",
        "trail",
        "turns_back",
        "typing",
        "undo",
    )

    def __init__(self, programme: Programme, run: Run, context: Context, now: datetime) -> None:
        """Raises BrokenContent when the flow of the run's place is not in the programme."""
        self.programme, self.run, self.context = programme, run, context
        self.stamp = iso_moment(now)
        self.status, self.ended_at = run.status, run.ended_at
        self.current, self.frames = run.current, run.frames
        self.ask, self.step, self.attempt, self.asked_at = run.ask, run.step, run.attempt, run.asked_at
        self.ticks, self.typing, self.trail, self.undo = run.ticks, run.typing, run.trail, run.undo
        self.answers = run.answers
        self.effects: list[Effect] = []
        self.turns_back = 0
        self.plan = self.find_plan(run.current)
        self.scope = Scope(programme, run.flow, self.plan, context, now, run.seed, run.answers)

    def turn(self) -> Turn:
        """The run as it is now, with everything that is to be said."""
        run = self.run
        moved = Run(
            run.number,
            run.programme,
            run.flow,
            run.digest,
            self.status,
            run.began_at,
            self.ended_at,
            run.seed,
            self.current,
            self.frames,
            self.ask,
            self.step,
            self.attempt,
            self.asked_at,
            self.ticks,
            self.typing,
            self.trail,
            self.undo,
            self.answers,
        )
        return Turn(moved, tuple(self.effects), tuple(self.scope.faults))

    # --- places

    def find_plan(self, flow: str) -> Plan:
        """Raises BrokenContent."""
        plan = self.programme.plans.get(flow)
        if plan is None:
            raise BrokenContent(f"there is no flow {flow}")
        return plan

    def enter(self, flow: str) -> None:
        """From now on names are those of this flow. Raises BrokenContent."""
        self.plan = self.scope.plan = self.find_plan(flow)
        self.current = flow

    def find_place(self, key: str) -> PlanStep:
        """The step of `flow.step`, whose flow is entered. Raises BrokenContent."""
        flow, _, name = key.partition(".")
        self.enter(flow)
        place = self.plan.by_name.get(name)
        if place is None:
            raise BrokenContent(f"there is no step {key}")
        return place

    # --- walking

    def go_on(self, target: Target) -> None:
        """From a place on through notes, calculations and jumps, until a question is asked or the run ends."""
        index = self._place_of(target, -1)
        while True:
            steps = self.plan.steps
            if index >= len(steps):
                if not self.frames:
                    self.end("done")
                    return
                index = self._come_back()
                continue
            place = steps[index]
            past = self._skip_to(place) if place.conditions else None
            if past is not None:
                index = past
            elif place.options or place.kind in _ASKED:
                self.ask_step(place)
                return
            else:
                index = self._pass(place)

    def next_of(self, place: PlanStep, value: Any) -> Target:
        """Where the walk goes after a step: first true rule of `next`, the chosen one's `go`, the step's `go`, the step below."""
        for expression, target in place.rules:
            if self.scope.truth(place, expression, False, value):
                return target
        if place.choice_targets:
            for name in value if isinstance(value, list) else (value,):
                if name in place.choice_targets:
                    return place.choice_targets[name]
        return place.below if place.go is None else place.go

    def _place_of(self, target: Target, index: int) -> int:
        if isinstance(target, str):
            raise BrokenContent(f"there is no step {self.current}.{target}")
        if 0 <= target <= index:
            self._count_turn_back()
        return target

    def _count_turn_back(self) -> None:
        self.turns_back += 1
        if self.turns_back > MOST_TURNS_BACK:
            raise BrokenContent(f"round and round without a question in the flow {self.current}")

    def _skip_to(self, place: PlanStep) -> int | None:
        """Where to go on when the step, or a group around it, is not relevant."""
        for condition in place.conditions:
            if not self.scope.truth(place, condition.expression, True):
                return condition.past
        return None

    def _pass(self, place: PlanStep) -> int:
        """A step that waits for nobody; gives the place after it."""
        if place.kind == "flow":
            return self._begin_inner(place)
        if place.kind == "calculate":
            self._calculate(place)
        elif place.kind in ("note", "group"):
            self._say(place)
        elif place.kind != "after":  # a question that nobody could answer: a range without numbers
            raise BrokenContent(f"nothing can be answered to {place.key}")
        if place.kind != "group":
            return self._place_of(self.next_of(place, None), place.index)
        return place.below

    def _begin_inner(self, place: PlanStep) -> int:
        assert isinstance(place.step, Subflow)
        if len(self.frames) >= DEEPEST:
            raise BrokenContent(f"more than {DEEPEST} flows inside one another at {place.key}")
        self._count_turn_back()
        self.frames = (*self.frames, place.key)
        self.enter(place.step.flow)
        return 0

    def _come_back(self) -> int:
        """The end of an inner flow: on after the step that called it."""
        key, self.frames = self.frames[-1], self.frames[:-1]
        place = self.find_place(key)
        self._pause_after(place)
        return self._place_of(self.next_of(place, None), place.index)

    def _calculate(self, place: PlanStep) -> None:
        assert place.calculation is not None
        value = self.scope.evaluate(place, place.calculation, self.scope.lookup(place.name))
        self._keep(place, value, self.stamp, count_answers(self.answers, self.current, place.name) + 1)
        self._pause_after(place)

    def _say(self, place: PlanStep) -> None:
        media = place.media_for(self.context.language)
        if place.label is None and not media:
            return
        text = None if place.label is None else place.label.fill(self.scope)
        self.effects.append(Say(text, media))
        if place.step.pause is not None:
            self._pause_after(place)
            return
        read = PAUSE_MEDIA if text is None else PAUSE_BASE + PAUSE_A_CHARACTER * length_of(text)
        self.effects.append(Pause(round(max(PAUSE_LEAST, min(PAUSE_MOST, read)), 2)))

    def _pause_after(self, place: PlanStep) -> None:
        if place.step.pause:
            self.effects.append(Pause(place.step.pause))

    # --- questions and answers

    def ask_step(self, place: PlanStep, ticks: tuple[str, ...] | None = None) -> None:
        """Open a question, always under a new number; `ticks` (else the default's) begin a select_multiple."""
        if place.kind == "select_multiple":
            self.ticks = first_ticks(place, self.scope) if ticks is None else ticks
        else:
            self.ticks = ()
        self.ask += 1
        self.step, self.asked_at, self.typing = place.name, self.stamp, False
        self.attempt = count_answers(self.answers, self.current, place.name) + 1
        self.effects.append(make_ask(place, self.scope, self.ask, self.ticks))

    def answer(self, place: PlanStep, value: Any, chosen: tuple[str, ...], target: Target | None = None) -> None:
        """Close the open question with this answer and walk on: to `target`, else wherever the step leads."""
        self.effects.append(Settle(self.ask, chosen))
        if self.undo >= 0:
            self.answers = take_back(self.answers, self.undo)
            self.scope.replace_answers(self.answers)
            self.undo = -1
        attempt = self.attempt if self.attempt == 1 else count_answers(self.answers, self.current, place.name) + 1
        self._keep(place, value, self.asked_at or self.stamp, attempt, self.context.asked)
        self.trail = (*self.trail, "/".join((*self.frames, place.key)) if self.frames else place.key)
        self.step, self.asked_at, self.ticks, self.typing, self.attempt = None, None, (), False, 0
        self._pause_after(place)
        self.go_on(self.next_of(place, value) if target is None else target)

    def _keep(self, place: PlanStep, value: Any, asked_at: str, attempt: int, asked: Mapping[str, Any] | None = None) -> None:
        kept = self.answers if attempt == 1 else replace_current(self.answers, self.current, place.name)
        record = {
            "flow": self.current,
            "step": place.name,
            "type": place.kind,
            "value": value,
            "asked_at": asked_at,
            "answered_at": self.stamp,
            "attempt": attempt,
            "replaced": False,
        }
        if asked:
            record.update(asked)
        self.answers = (*kept, record)
        self.scope.add_answer(self.answers, value, self.current, place.name)

    # --- endings

    def end(self, status: str, detail: str = "") -> None:
        """The run is over; what was answered stays."""
        self.status, self.ended_at = status, self.stamp
        self.step, self.asked_at, self.ticks, self.typing, self.attempt, self.undo = None, None, (), False, 0, -1
        self.effects.append(Ended(status, detail))

    def break_off(self, detail: str) -> None:
        """The content made no sense: what a circle said in vain is left unsaid."""
        self.effects = [effect for effect in self.effects if isinstance(effect, Settle)]
        self.end("broken", detail)


_ASKED = frozenset(("text", "integer", "decimal", "timer"))
