"""A step ready to be walked, and what every kind of step is asked. The kinds themselves are in flow/kinds/."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from flow.expressions.expression import Expression, compile_expression
from flow.expressions.values import ExpressionError
from flow.question.model import BaseStep
from flow.question.outcomes import Outcome
from flow.question.texts import Template
from flow.state.effects import Complain, Media, Refused, Rows

Target = int | str  # a place in the plan (its length is the end); a name that nothing has


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for an expression that can't be compiled (the check has told its author): it fails whenever it is asked."""

    source: str

    def evaluate(self, scope: Any) -> Any:
        """Raises ExpressionError."""
        raise ExpressionError("it can't be read")

    def truth(self, scope: Any) -> bool:
        """Raises ExpressionError."""
        raise ExpressionError("it can't be read")


Compiled = Expression | Unreadable


@dataclass(slots=True, eq=False)
class Condition:
    """A `relevant`; when it is false the walk goes on at place `past`."""

    expression: Compiled
    past: int = 0


@dataclass(slots=True, eq=False)
class Option:
    """Something to press: its button's value, the answer that it gives, what stands on it."""

    value: str
    answer: Any
    label: Template
    image: Media | None = None


@dataclass(slots=True, eq=False)
class PlanStep:
    """One step ready to be walked. `kind` is what its type can do; `kind.type` names it, `after` for what follows a group's last
    step.
    `is_asked` says that it waits for an answer, `seconds` how long a timer runs.

    `below` is the place of the next step, `expiry` where an expired question leads. `rows` keeps the keyboard of a question
    that looks the same for everybody; `labels` are those of choices by name, None when they name answers themselves.
    """

    model: BaseStep
    kind: "Kind"
    name: str
    key: str
    index: int
    below: int
    conditions: tuple[Condition, ...]
    is_asked: bool = False
    seconds: float | None = None
    label: Template | None = None
    hint: Template | None = None
    media: tuple[Media, ...] = ()
    media_in: dict[str, tuple[Media, ...]] = field(default_factory=dict)
    has_link_values: bool = False
    required: bool | Compiled = True
    default: Any = None
    constraint: Compiled | None = None
    constraint_message: Template | None = None
    required_message: Template | None = None
    calculation: Compiled | None = None
    options: tuple[Option, ...] = ()
    labels: dict[str, str] | None = field(default_factory=dict)
    pictures: bool = False
    choice_filter: Compiled | None = None
    randomize: bool = False
    or_other: bool = False
    reply: bool = False
    same_for_all: bool = False
    rows: Rows | None = None
    rules: tuple[tuple[Compiled, Target], ...] = ()
    choice_targets: dict[str | bool, Target] = field(default_factory=dict)
    go: Target | None = None
    expiry: Target | None = None

    def media_for(self, language: str) -> tuple[Media, ...]:
        """The files to show in a language: its own (`image::ar`), else the step's."""
        return self.media_in.get(language, self.media)


@dataclass(slots=True, eq=False)
class Plan:
    """A flow's steps in walking order; of two with one name (an error of the check) the second gets another."""

    flow: str
    steps: list[PlanStep] = field(default_factory=list)
    by_name: dict[str, PlanStep] = field(default_factory=dict)


def compile_or_keep(source: str, choice_filter: bool = False) -> Compiled:
    """The compiled expression; one that can't be read fails whenever it is asked."""
    try:
        return compile_expression(source, choice_filter)
    except ExpressionError:
        return Unreadable(source)


class WalkerLike(Protocol):
    """Everything a step that waits for nobody may do with the walk. Each gives the place to go on at."""

    def say(self, step: PlanStep) -> None:
        """Show its text and files."""

    def calculate(self, step: PlanStep) -> None:
        """Keep the value of its `calculation`."""

    def begin_inner(self, step: PlanStep) -> int:
        """Walk its flow first."""

    def leave(self, step: PlanStep) -> int:
        """On to where the step leads."""


class BrokenContent(Exception):
    """The content makes no sense here: a jump to nowhere, a flow that is not there, a circle without a question."""


class Kind:
    """The behaviour of one step type. A kind is a file in flow/kinds/ with its model and one object of a class below this one.

    `type` is the author's word, `model` what may be written, `synonyms` are words that authors try instead.
    `asks`: it waits for an answer. `is_answered`: a value is kept under its name. `is_editable`: an edited message changes it.
    `many`: it takes several choices. `is_number` (`whole`: without a fraction), `is_choice`: what a value is.
    `is_scale`: its numbers stand in rows.
    `is_timed`: it runs out by itself. `complaint` names the sentence said to a sticker.
    """

    type: ClassVar[str]
    model: ClassVar[Any]  # a subclass of BaseStep
    synonyms: ClassVar[tuple[str, ...]] = ()
    asks: ClassVar[bool] = True
    is_answered: ClassVar[bool] = True
    is_editable: ClassVar[bool] = False
    many: ClassVar[bool] = False
    whole: ClassVar[bool] = False
    is_number: ClassVar[bool] = False
    is_choice: ClassVar[bool] = False
    is_scale: ClassVar[bool] = False
    is_timed: ClassVar[bool] = False
    holds_steps: ClassVar[bool] = False
    walks_flow: ClassVar[bool] = False
    complaint: ClassVar[str] = "button"

    def faults(self, model: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Faults of this type's own keys beyond those that the model refuses, for the authors' check: (key, words)."""
        return iter(())

    def prepare(self, step: PlanStep, model: Any) -> None:
        """Once at load: options and whatever else this kind alone has."""
        step.is_asked = self.asks

    def hint(self, model: Any) -> str:
        """The hint as it is shown, '' for none."""
        return str(model.hint or "")

    def read(self, step: PlanStep, scope: Any, text: str, ticks: Sequence[str], typing: bool) -> Outcome:
        """The meaning of typed words; `typing` says that words of one's own are awaited."""
        return Complain(self.complaint)

    def press(self, step: PlanStep, scope: Any, value: str) -> Outcome:
        """The meaning of a button that is no option of the step."""
        return Refused("stale")

    def choose(self, step: PlanStep, scope: Any, option: Option, ticks: Sequence[str]) -> Outcome:
        """The meaning of a press on one of its options."""
        return Refused("stale")

    def default(self, step: PlanStep, scope: Any, value: Any) -> Any:
        """The proposed answer as this kind stores answers; None when it does not fit."""
        return None

    def first_ticks(self, step: PlanStep, scope: Any) -> tuple[str, ...]:
        """The names that are ticked when the question is asked."""
        return ()

    def own_words(self, step: PlanStep, scope: Any, words: str, ticks: Sequence[str]) -> Outcome:
        """The meaning of words of one's own, typed after Other."""
        return Complain("button")

    def pass_by(self, step: PlanStep, walker: WalkerLike) -> int:
        """Do the work of a step that waits for nobody; gives the place to go on at. Raises BrokenContent."""
        raise BrokenContent(f"nothing can be answered to {step.key}")
