"""Expressions and texts see a person through this at one moment of a walk: answers by name, and the words for them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any, Protocol

from flow.expressions.expression import ExpressionError
from flow.question.step import Compiled, Plan, PlanStep
from flow.question.texts import Template, show_value
from flow.state.context import Context
from flow.state.effects import Rich
from flow.state.passages import Passages, chain, find_begun, find_newest, list_kept
from flow.state.run import Answer, Run

_NOTHING: dict[str, Any] = {}


class Content(Protocol):
    """The part of a programme that a scope asks: its name, its title, its flows with their titles and plans."""

    name: str
    title: str

    @property
    def flows(self) -> Mapping[str, Any]:
        """Flow name -> something with a `title`."""

    @property
    def plans(self) -> Mapping[str, Plan]:
        """Flow name -> plan."""


DEEPEST = 3  # labels of choices that name answers whose labels name answers …


class Scope:
    """Answers of one run and of earlier ones, seen from one walk, whose flow `plan` is of. Keeps the expressions that failed.

    Which answer a name means: `${step}` is this walk's; where this flow has no such step, the nearest flow around it has it.
    `${flow.step}` is the newest walk of that flow that is open or was finished, as a whole; `${first.step}` is the walk that the
    `flow` step `first` of this walk began. `${flow.step[-1]}` counts the walks of a flow from the newest, earlier runs included.

    Built anew for every turn, and cheaply: values are gathered when first asked for.
    """

    __slots__ = (
        "_depth",
        "_moment",
        "_random",
        "_values",
        "answers",
        "context",
        "faults",
        "flow",
        "plan",
        "programme",
        "seed",
        "self_value",
        "step",
        "walk",
        "walks",
    )

    def __init__(
        self,
        programme: Content,
        run: Run,
        plan: Plan,
        context: Context,
        moment: datetime,
    ) -> None:
        """Raises nothing: `plan` is that of the run's `current`."""
        self.programme, self.flow, self.plan, self.context = programme, run.flow, plan, context
        self.seed, self._moment = run.seed, moment
        self.answers: Sequence[Answer] = run.answers
        self.walk, self.walks = run.walk, run.walks
        self.faults: list[str] = []
        self.self_value: Any = None
        self.step: PlanStep | None = None
        self._values: dict[int, dict[str, Any]] | None = None
        self._random: Random | None = None
        self._depth = 0

    def enter(self, plan: Plan, walk: int, walks: Passages) -> None:
        """From now on names are those of this walk of this flow."""
        self.plan, self.walk, self.walks = plan, walk, walks

    def replace_answers(self, answers: Sequence[Answer]) -> None:
        """The answers are others from now on."""
        self.answers, self._values = answers, None

    def add_answer(self, answers: Sequence[Answer], value: Any, walk: int, step: str) -> None:
        """The answers are these, the same as before but for a new one of that step in that walk."""
        self.answers = answers
        if self._values is not None:
            self._values.setdefault(walk, {})[step] = value

    @property
    def now(self) -> datetime:
        """The moment of this turn in the person's zone."""
        return self._moment.astimezone(self.context.zone)

    @property
    def random(self) -> Random:
        """Dice that fall the same when the same turn is computed again, and otherwise in the next turn."""
        if self._random is None:
            self._random = Random(f"{self.seed}/{len(self.answers)}/{self.step.key if self.step else ''}")
        return self._random

    @property
    def position(self) -> int:
        """How often this step has been answered in this run, the coming answer counted."""
        name, flow = self.step.name if self.step else "", self.plan.flow
        return 1 + sum(1 for answer in self.answers if answer["step"] == name and answer["flow"] == flow)

    def lookup(self, name: str) -> Any:
        """The value of `name` or `flow.name`; None when unanswered. A step's name hides what the bot itself knows."""
        values = self._values if self._values is not None else self._gather()
        if name in self.plan.by_name:
            here = values.get(self.walk)
            return here.get(name) if here else None
        flow, dot, step = name.partition(".")
        if not dot:
            walk = self._find_around(name)
            return values.get(walk, _NOTHING).get(name) if walk else self._known(name)
        if step[-1] == "]":
            return self._counted(flow, step)
        walk = find_newest(self.walks, flow) or (0 if flow in self.programme.plans else find_begun(self.walks, self.walk, flow))
        found = values.get(walk, _NOTHING) if walk else self.context.earlier.get(flow, _NOTHING)
        return found.get(step)

    def lookup_all(self, name: str) -> list[Any]:
        """The values of `flow.step` in all walks of that flow, oldest first, earlier runs included, without empty ones."""
        flow, _, step = name.partition(".")
        if flow not in self.programme.plans:  # a `flow` step's one walk
            value = self.lookup(name)
            return [] if value is None else [value]
        return [value for value in (walk.get(step) for walk in self._all_walks(flow)) if value is not None]

    def _all_walks(self, flow: str) -> list[Mapping[str, Any]]:
        values = self._values if self._values is not None else self._gather()
        mine = [values.get(number, _NOTHING) for number in list_kept(self.walks, flow)]
        return [*self.context.history.get(flow, ()), *mine]

    def _counted(self, flow: str, step: str) -> Any:
        """`step[-2]`: of the walk before the newest."""
        step, _, index = step[:-1].partition("[")
        walks, back = self._all_walks(flow), int(index)
        return walks[back].get(step) if -len(walks) <= back < 0 else None

    def _find_around(self, name: str) -> int:
        """The nearest walk around this one whose flow has a step of that name; 0 for none."""
        plans = self.programme.plans
        for number in chain(self.walks, self.walks[self.walk - 1].around):
            plan = plans.get(self.walks[number - 1].flow)
            if plan is not None and name in plan.by_name:
                return number
        return 0

    def words_of(self, names: Sequence[str]) -> list[str]:
        """The person's words for the value of each name."""
        here = (self._values if self._values is not None else self._gather()).get(self.walk, _NOTHING)
        found: list[str] = []
        for name in names:
            value: Any = here.get(name)
            step = self.plan.by_name.get(name) if type(value) is str else None
            if step is not None and step.labels is not None:  # most answers by far: the short way
                found.append(step.labels.get(value, value))
            else:
                found.append(self._words(name))
        return found

    def _words(self, name: str) -> str:
        step = self.plan.by_name.get(name)
        if step is not None:
            return self.describe(step, self.lookup(name))
        value = self.lookup(name)
        step = self._step_named(name)
        if step is not None:
            return self.describe(step, value)
        return self._title(name) or show_value(value)

    def _step_named(self, name: str) -> PlanStep | None:
        """The step that a name means, wherever it lies; None for what is no step."""
        flow, dot, step = name.partition(".")
        if not dot:
            walk = 0 if name in self.plan.by_name else self._find_around(name)
            plan = self.programme.plans.get(self.walks[walk - 1].flow) if walk else self.plan
            return plan.by_name.get(name) if plan else None
        begins = self.plan.by_name.get(flow)
        inner = getattr(begins.model, "flow", flow) if begins is not None and flow not in self.programme.plans else flow
        plan = self.programme.plans.get(inner)
        return plan.by_name.get(step.partition("[")[0]) if plan else None

    def describe(self, step: PlanStep, value: Any) -> str:
        """The words for a value of a step: labels of choices, the typed words of or_other, tidy numbers."""
        if value is None:
            return ""
        if not step.options or step.kind.is_scale:
            return show_value(value)
        if isinstance(value, list | tuple):
            return ", ".join([self._label(step, item) for item in value])
        return self._label(step, value)

    def choice_label(self, name: str, value: str) -> str:
        """The label of choice `value` of the select `name`; the value itself where there is no such choice."""
        step = self._step_named(name)
        return value if step is None else self._label(step, value)

    def truth(self, step: PlanStep, expression: Compiled, fallback: bool, value: Any = None) -> bool:
        """An expression's truth with `value` as `.`; `fallback`, and a fault, when it fails."""
        self.step, self.self_value = step, value
        try:
            return expression.truth(self)
        except ExpressionError:
            self._note_fault(step, expression)
            return fallback

    def evaluate(self, step: PlanStep, expression: Compiled, value: Any = None) -> Any:
        """An expression's value with `value` as `.`; None for an empty one, and (with a fault) when it fails."""
        self.step, self.self_value = step, value
        try:
            found = expression.evaluate(self)
        except ExpressionError:
            self._note_fault(step, expression)
            return None
        return None if found == "" else found

    def fill(self, template: Template | None) -> Rich | None:
        """A text with the words of this person, None for none."""
        return None if template is None else template.fill(self)

    def _note_fault(self, step: PlanStep, expression: Compiled) -> None:
        """The author's own words only: the error itself may quote what a person typed."""
        self.faults.append(f"{step.key}: the expression failed: {expression.source[:200]}")

    def _label(self, step: PlanStep, value: Any) -> str:
        for option in step.options:
            if option.answer == value:
                return self._plain(option.label)
        return show_value(value)

    def _plain(self, label: Template) -> str:
        """A label may name an answer, even its own: that ends after a few rounds."""
        if self._depth >= DEEPEST:
            return ""
        self._depth += 1
        words = label.plain(self)
        self._depth -= 1
        return words

    def _title(self, name: str) -> str:
        """Programme and flow have titles, which are what a person calls them."""
        if name == "programme":
            return self.programme.title
        flow = self.programme.flows.get(self.flow) if name == "flow" else None
        return flow.title if flow else ""

    def _known(self, name: str) -> Any:
        context = self.context
        match name:
            case "first_name":
                return context.first_name
            case "language":
                return context.language
            case "day":
                return context.day
            case "streak":
                return context.streak
            case "programme":
                return self.programme.name
            case "flow":
                return self.flow
        return None

    def _gather(self) -> dict[int, dict[str, Any]]:
        """Walk -> step -> value, of what is current."""
        values: dict[int, dict[str, Any]] = {}
        self._values = values
        walk = 0
        inside: dict[str, Any] = {}
        for answer in self.answers:
            if not answer["replaced"]:
                if answer["walk"] != walk:
                    walk = answer["walk"]
                    inside = values.setdefault(walk, {})
                inside[answer["step"]] = answer["value"]
        return values
