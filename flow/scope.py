"""What expressions and texts may know of a person at one moment of a walk: answers by name, and the words for them."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any

from flow.context import Context
from flow.effects import Rich
from flow.expressions.expression import ExpressionError
from flow.plan import Compiled, Plan, PlanStep
from flow.programme import Programme
from flow.run import Answer
from flow.texts import Template, show_value

_NOTHING: dict[str, Any] = {}
DEEPEST = 3  # labels of choices that name answers whose labels name answers …


class Scope:
    """Answers of one run and of earlier ones, seen from the flow that `plan` is of. Keeps the expressions that failed.

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
    )

    def __init__(
        self,
        programme: Programme,
        flow: str,
        plan: Plan,
        context: Context,
        moment: datetime,
        seed: int,
        answers: Sequence[Answer],
    ) -> None:
        self.programme, self.flow, self.plan, self.context = programme, flow, plan, context
        self.seed, self.answers, self._moment = seed, answers, moment
        self.faults: list[str] = []
        self.self_value: Any = None
        self.step: PlanStep | None = None
        self._values: dict[str, dict[str, Any]] | None = None
        self._random: Random | None = None
        self._depth = 0

    def replace_answers(self, answers: Sequence[Answer]) -> None:
        """The answers are others from now on."""
        self.answers, self._values = answers, None

    def add_answer(self, answers: Sequence[Answer], value: Any, flow: str, step: str) -> None:
        """The answers are these, the same as before but for a new one of that step."""
        self.answers = answers
        if self._values is not None:
            self._values.setdefault(flow, {})[step] = value

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
        plan = self.plan
        if name in plan.by_name:
            here = values.get(plan.flow)
            return here.get(name) if here else None
        flow, dot, step = name.partition(".")
        if not dot:
            return self._known(name)
        inside = values.get(flow)
        if inside is not None and step in inside:
            return inside[step]
        earlier = self.context.earlier.get(flow)
        return earlier.get(step) if earlier else None

    def words_of(self, names: Sequence[str]) -> list[str]:
        """What the person would call the value of each name."""
        here = (self._values if self._values is not None else self._gather()).get(self.plan.flow, _NOTHING)
        found: list[str] = []
        for name in names:
            value: Any = here.get(name)
            place = self.plan.by_name.get(name) if type(value) is str else None
            if place is not None and place.labels is not None:  # most answers by far: the short way
                found.append(place.labels.get(value, value))
            else:
                found.append(self._words(name))
        return found

    def _words(self, name: str) -> str:
        place = self.plan.by_name.get(name)
        if place is not None:
            return self.describe(place, self.lookup(name))
        flow, dot, step = name.partition(".")
        if not dot:
            return self._title(name) or show_value(self._known(name))
        plan = self.programme.plans.get(flow)
        place = plan.by_name.get(step) if plan else None
        value = self.lookup(name)
        return show_value(value) if place is None else self.describe(place, value)

    def describe(self, place: PlanStep, value: Any) -> str:
        """The words for a value of a step: labels of choices, the typed words of or_other, tidy numbers."""
        if value is None:
            return ""
        if not place.options or place.kind == "range":
            return show_value(value)
        if isinstance(value, list | tuple):
            return ", ".join([self._label(place, item) for item in value])
        return self._label(place, value)

    def choice_label(self, name: str, value: str) -> str:
        """The label of choice `value` of the select `name`; the value itself where there is no such choice."""
        flow, dot, step = name.partition(".")
        plan = self.programme.plans.get(flow) if dot else self.plan
        place = plan.by_name.get(step if dot else name) if plan else None
        return value if place is None else self._label(place, value)

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

    def _label(self, place: PlanStep, value: Any) -> str:
        for option in place.options:
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

    def _gather(self) -> dict[str, dict[str, Any]]:
        values: dict[str, dict[str, Any]] = {}
        self._values = values
        flow: str | None = None
        inside: dict[str, Any] = {}
        for answer in self.answers:
            if not answer["replaced"]:
                if answer["flow"] != flow:
                    flow = answer["flow"]
                    inside = values.setdefault(flow, {})
                inside[answer["step"]] = answer["value"]
        return values
