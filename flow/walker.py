"""One turn of one run: a working copy that records answers, follows the steps to the next question, and gathers effects."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flow.programme import Programme
from flow.question.asking import fill_links, make_ask
from flow.question.scope import Scope
from flow.question.step import BrokenContent, Plan, PlanStep, Target
from flow.question.texts import length_of
from flow.state.context import Context, Turn
from flow.state.effects import Effect, Ended, Pause, Say, Settle
from flow.state.history import clear, count_answers, facts_of, find_latest, replace_current, take_back
from flow.state.passages import DONE, OPEN, Passage, around, mark, reopen, split_walk, undo_since, with_walk
from flow.state.run import Answer, Run
from flow.times.local_time import iso_moment

DEEPEST = 20  # flows inside one another
MOST_TURNS_BACK = 100  # jumps back and flows begun within one turn: more is a circle without a question
PAUSE_LEAST, PAUSE_A_CHARACTER, PAUSE_BASE, PAUSE_MOST, PAUSE_MEDIA = 1.0, 0.03, 0.5, 6.0, 2.0  # seconds


class Walker:
    """A run being moved on. The public names are the run's own (see flow.state.run.Run); `turn()` freezes them again."""

    __slots__ = (
        "answers",
        "asked_at",
        "attempt",
        "context",
        "current",
        "effects",
        "ended_at",
        "frames",
        "plan",
        "programme",
        "question_number",
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
        "walk",
        "walks",
    )

    def __init__(self, programme: Programme, run: Run, context: Context, now: datetime) -> None:
        """Raises BrokenContent when the flow of the run's place is not in the programme."""
        self.programme, self.run, self.context = programme, run, context
        self.stamp = iso_moment(now)
        self.status, self.ended_at = run.status, run.ended_at
        self.current, self.frames = run.current, run.frames
        self.question_number, self.step, self.attempt, self.asked_at = run.question_number, run.step, run.attempt, run.asked_at
        self.ticks, self.typing, self.trail, self.undo = run.ticks, run.typing, run.trail, run.undo
        self.answers, self.walk, self.walks = run.answers, run.walk, run.walks
        self.effects: list[Effect] = []
        self.turns_back = 0
        self.plan = self.find_plan(run.current)
        self.scope = Scope(programme, run, self.plan, context, now)

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
            self.question_number,
            self.step,
            self.attempt,
            self.asked_at,
            self.ticks,
            self.typing,
            self.trail,
            self.undo,
            self.answers,
            self.walk,
            self.walks,
        )
        return Turn(moved, tuple(self.effects), tuple(self.scope.faults))

    # --- places

    def find_plan(self, flow: str) -> Plan:
        """Raises BrokenContent."""
        plan = self.programme.plans.get(flow)
        if plan is None:
            raise BrokenContent(f"there is no flow {flow}")
        return plan

    def enter(self, flow: str, walk: int) -> None:
        """From now on names are those of this flow in this walk. Raises BrokenContent."""
        self.plan = self.find_plan(flow)
        self.current, self.walk = flow, walk
        self.scope.enter(self.plan, walk, self.walks)

    def find_step(self, key: str, walk: int) -> PlanStep:
        """The step of `flow.step`, whose flow is entered in that walk. Raises BrokenContent."""
        flow, _, name = key.partition(".")
        self.enter(flow, walk)
        step = self.plan.by_name.get(name)
        if step is None:
            raise BrokenContent(f"there is no step {key}")
        return step

    # --- walking

    def go_on(self, index: int) -> None:
        """From a place on through notes, calculations and jumps, until a question is asked or the run ends."""
        while True:
            steps = self.plan.steps
            if index >= len(steps):
                if not self.frames:
                    self.end("done")
                    return
                index = self._come_back()
                continue
            step = steps[index]
            past = self._skip_to(step) if step.conditions else None
            if past is not None:
                index = past
            elif step.is_asked:
                self.ask_step(step)
                return
            else:
                index = step.kind.pass_by(step, self)

    def next_of(self, step: PlanStep, value: Any) -> Target:
        """The walk's next place after a step: first true rule of `next`, the chosen one's `go`, the step's `go`, the step below."""
        for expression, target in step.rules:
            if self.scope.truth(step, expression, False, value):
                return target
        if step.choice_targets:
            for name in value if isinstance(value, list) else (value,):
                if name in step.choice_targets:
                    return step.choice_targets[name]
        return step.below if step.go is None else step.go

    def _jump(self, step: PlanStep, target: Target) -> int:
        """The place that `target` means; a jump back is a correction, so what was asked from there on is to be asked again."""
        if isinstance(target, str):
            raise BrokenContent(f"there is no step {self.current}.{target}")
        if target <= step.index:
            self._clear(target, step.index)
        return target

    def _clear(self, first: int, last: int) -> None:
        questions = {step.name for step in self.plan.steps[first : last + 1] if step.is_asked}
        self.answers = clear(self.answers, self.walk, questions)
        self.scope.replace_answers(self.answers)

    def _count_turn_back(self) -> None:
        self.turns_back += 1
        if self.turns_back > MOST_TURNS_BACK:
            raise BrokenContent(f"round and round without a question in the flow {self.current}")

    def _skip_to(self, step: PlanStep) -> int | None:
        """The place to go on at when the step, or a group around it, is not relevant."""
        for condition in step.conditions:
            if not self.scope.truth(step, condition.expression, True):
                return condition.past
        return None

    def leave(self, step: PlanStep) -> int:
        """On from a step that waits for nobody; gives the place after it."""
        index = self._jump(step, self.next_of(step, None))
        if index <= step.index:
            self._count_turn_back()
        return index

    def begin_inner(self, step: PlanStep) -> int:
        """A walk of its own through the flow of a `flow` step; gives its first place."""
        if len(self.frames) >= DEEPEST:
            raise BrokenContent(f"more than {DEEPEST} flows inside one another at {step.key}")
        self._count_turn_back()
        flow: str = step.model.flow  # type: ignore[attr-defined]  # only a Subflow comes here
        self.frames = (*self.frames, step.key)
        self.walks = (*self.walks, Passage(flow, self.walk, step.name, len(self.answers), OPEN))
        self.enter(flow, len(self.walks))
        return 0

    def _come_back(self) -> int:
        """The end of an inner flow: on after the step that called it."""
        outer = around(self.walks, self.walk, self.frames)
        self.walks = mark(self.walks, self.walk, DONE) if outer != self.walk else self.walks
        key, self.frames = self.frames[-1], self.frames[:-1]
        step = self.find_step(key, outer)
        self._pause_after(step)
        return self.leave(step)

    def calculate(self, step: PlanStep) -> None:
        """Keep the value of its expression."""
        assert step.calculation is not None
        value = self.scope.evaluate(step, step.calculation, self.scope.lookup(step.name))
        self._keep(step, value, self.stamp, count_answers(self.answers, self.current, step.name) + 1)
        self._pause_after(step)

    def say(self, step: PlanStep) -> None:
        """Show its text and files, and leave time to read."""
        media = step.media_for(self.context.language) if step.media_in else step.media
        if step.has_link_values:
            media = fill_links(media, self.scope)
        if step.label is None and not media:
            return
        text = None if step.label is None else step.label.fill(self.scope)
        self.effects.append(Say(text, media))
        if step.model.pause is not None:
            self._pause_after(step)
            return
        read = PAUSE_MEDIA if text is None else PAUSE_BASE + PAUSE_A_CHARACTER * length_of(text)
        self.effects.append(Pause(round(max(PAUSE_LEAST, min(PAUSE_MOST, read)), 2)))

    def _pause_after(self, step: PlanStep) -> None:
        if step.model.pause:
            self.effects.append(Pause(step.model.pause))

    # --- questions and answers

    def ask_step(self, step: PlanStep, ticks: tuple[str, ...] | None = None) -> None:
        """Open a question, always under a new number; `ticks` (else the default's) begin a select_multiple."""
        self.ticks = (step.kind.first_ticks(step, self.scope) if ticks is None else ticks) if step.kind.many else ()
        self.question_number += 1
        self.step, self.asked_at, self.typing = step.name, self.stamp, False
        self.attempt = count_answers(self.answers, self.current, step.name) + 1
        self.effects.append(make_ask(step, self.scope, self.question_number, self.ticks))

    def answer(
        self, step: PlanStep, value: Any, chosen: tuple[str, ...], target: Target | None = None, edited: Answer | None = None
    ) -> None:
        """Close the open question with this answer and walk on: to `target`, else wherever the step leads.

        `edited` is the answer that this one takes the place of: what is known of its asking stays.
        """
        self.effects.append(Settle(self.question_number, chosen))
        if self.undo >= 0:
            self.answers, self.walks = take_back(self.answers, self.undo), undo_since(self.walks, self.undo)
            self.scope.enter(self.plan, self.walk, self.walks)
            self.scope.replace_answers(self.answers)
            self.undo = -1
        facts, attempt = self.context.asked, self.attempt
        asked_at = facts.get("sent_at") or self.asked_at or self.stamp  # not the moment before the pause that came first
        if edited is not None:
            asked_at, facts = edited["asked_at"], facts_of(edited)
        if attempt != 1 or edited is not None:
            attempt = count_answers(self.answers, self.current, step.name) + 1
        self._keep(step, value, asked_at, attempt, facts)
        key = "/".join((*self.frames, step.key)) if self.frames else step.key
        self.trail = (*self.trail, key if self.walk == 1 else with_walk(key, self.walk))
        self.step, self.asked_at, self.ticks, self.typing, self.attempt = None, None, (), False, 0
        self._pause_after(step)
        self.go_on(self._jump(step, self.next_of(step, value) if target is None else target))

    def _keep(self, step: PlanStep, value: Any, asked_at: str, attempt: int, asked: Mapping[str, Any] | None = None) -> None:
        kept = self.answers if attempt == 1 else replace_current(self.answers, self.walk, step.name)
        record = {
            "flow": self.current,
            "step": step.name,
            "walk": self.walk,
            "type": step.kind.type,
            "value": value,
            "asked_at": asked_at,
            "answered_at": self.stamp,
            "attempt": attempt,
            "replaced": False,
        }
        if asked:
            record.update(asked)
        self.answers = (*kept, record)
        self.scope.add_answer(self.answers, value, self.walk, step.name)

    def turn_back(self) -> tuple[PlanStep, Any]:
        """To the question before this one, and its answer; what was answered since is taken back once it is answered anew."""
        entry, number = split_walk(self.trail[-1])
        *frames, key = entry.split("/")
        before = self.find_step(key, number)
        self.frames, self.trail = tuple(frames), self.trail[:-1]
        self.walks = reopen(self.walks, number)
        self.scope.enter(self.plan, number, self.walks)
        index = find_latest(self.answers, number, before.name, self.undo if self.undo >= 0 else len(self.answers))
        if index is None:
            return before, None
        self.undo = index
        return before, self.answers[index]["value"]

    # --- endings

    def end(self, status: str, detail: str = "") -> None:
        """The run is over; what was answered stays."""
        self.status, self.ended_at = status, self.stamp
        if status == "done":
            self.walks = mark(self.walks, 1, DONE)
        self.step, self.asked_at, self.ticks, self.typing, self.attempt, self.undo = None, None, (), False, 0, -1
        self.effects.append(Ended(status, detail))

    def break_off(self, detail: str) -> None:
        """The content made no sense: what a circle said in vain is left unsaid."""
        self.effects = [effect for effect in self.effects if isinstance(effect, Settle)]
        self.end("broken", detail)
