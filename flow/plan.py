"""A flow made ready to be walked: steps in one line, groups opened, texts and expressions compiled, jumps resolved to places."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flow.buttons import OK, WORDS
from flow.effects import Media, Rich, Rows
from flow.expressions.expression import Expression, compile_expression
from flow.expressions.values import ExpressionError, text_of, tidy_number
from flow.steps import MEDIA_KINDS, Acknowledge, BaseStep, Choice, Group, Note, Range, Select
from flow.texts import Template, compile_text

END = "end"
MOST_NUMBERS = 96  # buttons of a range
SILENT = frozenset(("note", "calculate", "flow", "group", "after"))
_VIDEOS = (".mp4", ".mov", ".m4v", ".webm")

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
    """One step ready to be walked. `kind` is its type, or `after` for what follows a group's last step.

    `below` is the place of the next step, `expiry` where an expired question leads. `rows` keeps the keyboard of a question
    that looks the same for everybody; `labels` are those of choices by name, None when they name answers themselves.
    """

    step: BaseStep
    kind: str
    name: str
    key: str
    index: int
    below: int
    conditions: tuple[Condition, ...]
    label: Template | None = None
    hint: Template | None = None
    media: tuple[Media, ...] = ()
    media_in: dict[str, tuple[Media, ...]] = field(default_factory=dict)
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
        """What is shown in a language: its own files (`image::ar`), else the step's."""
        return self.media_in.get(language, self.media) if self.media_in else self.media


@dataclass(slots=True, eq=False)
class Plan:
    """A flow's steps in walking order; of two with one name (an error of the check) the second gets another."""

    flow: str
    steps: list[PlanStep] = field(default_factory=list)
    by_name: dict[str, PlanStep] = field(default_factory=dict)


def build_plans(flows: Mapping[str, Iterable[BaseStep]]) -> dict[str, Plan]:
    """Flow name -> plan. Never raises for content: what makes no sense is kept as such, for the walk to say."""
    return {name: _build_plan(name, steps) for name, steps in flows.items()}


def _build_plan(name: str, steps: Iterable[BaseStep]) -> Plan:
    plan = Plan(name)
    _flatten(plan, steps, ())
    for place in plan.steps:
        _resolve_jumps(plan, place)
    return plan


def _flatten(plan: Plan, steps: Iterable[BaseStep], around: tuple[Condition, ...]) -> None:
    for step in steps:
        conditions = around
        if step.relevant is not None:
            conditions = (*around, Condition(_compile(step.relevant)))
        place = _append(plan, step, getattr(step, "type", ""), conditions)
        if isinstance(step, Group):
            _flatten(plan, step.steps, conditions)
            if step.go is not None or step.next:
                _append(plan, step, "after", conditions)
        else:
            _prepare(place, step)
        if step.relevant is not None:
            conditions[-1].past = len(plan.steps)


def _append(plan: Plan, step: BaseStep, kind: str, conditions: tuple[Condition, ...]) -> PlanStep:
    index = len(plan.steps)
    name = step.name
    while kind != "after" and name in plan.by_name:
        name += "~"
    place = PlanStep(step, kind, name, f"{plan.flow}.{name}", index, index + 1, conditions)
    plan.steps.append(place)
    if kind != "after":
        plan.by_name[name] = place
        _prepare_words(place, step)
    return place


def _resolve_jumps(plan: Plan, place: PlanStep) -> None:
    if place.kind == "group":  # its jumps are followed after its last step
        return
    step = place.step
    place.rules = tuple((_compile(rule.if_), _target(plan, rule.go)) for rule in step.next)
    place.go = None if step.go is None else _target(plan, step.go)
    place.expiry = None if step.on_expiry is None else _target(plan, step.on_expiry)
    for choice in getattr(step, "choices", None) or ():
        if choice.go is not None:
            answer = True if place.kind == "acknowledge" else choice.name
            place.choice_targets.setdefault(answer, _target(plan, choice.go))


def _target(plan: Plan, name: str) -> Target:
    if name == END:
        return len(plan.steps)
    found = plan.by_name.get(name)
    return name if found is None else found.index


def _prepare_words(place: PlanStep, step: BaseStep) -> None:
    label, hint = step.label or "", _hint_of(step)
    if isinstance(step, Note | Group) and hint:  # a message that asks nothing has no hint of its own
        label, hint = "\n\n".join(part for part in (label, hint) if part), ""
    place.label = compile_text(label) if label else None
    place.hint = compile_text(hint) if hint else None
    place.media = _media_of(step, {})
    languages = {key.partition("::")[2] for key in step.translated}
    place.media_in = {code: _media_of(step, _in_language(step, code)) for code in sorted(languages)}


def _hint_of(step: BaseStep) -> str:
    """The hint; a range says below it what its labelled numbers mean."""
    meanings = ""
    if isinstance(step, Range):
        meanings = " · ".join(f"{text_of(tidy_number(number))} = {word}" for number, word in sorted(step.labels.items()))
    return "\n".join(part for part in (step.hint or "", meanings) if part)


def _in_language(step: BaseStep, code: str) -> dict[str, str]:
    return {key.partition("::")[0]: value for key, value in step.translated.items() if key.partition("::")[2] == code}


def _media_of(step: BaseStep, translated: Mapping[str, str]) -> tuple[Media, ...]:
    found = [Media(kind, name) for kind in MEDIA_KINDS if (name := translated.get(kind) or getattr(step, kind))]
    if not any(kind in translated for kind in MEDIA_KINDS):
        found += [Media("video" if name.lower().endswith(_VIDEOS) else "image", name) for name in step.album]
    link = translated.get("link") or step.link
    return (*found, Media("link", link)) if link else tuple(found)


def _prepare(place: PlanStep, step: BaseStep) -> None:
    place.required = step.required if isinstance(step.required, bool) else _compile(step.required)
    place.default = _default_of(step)
    place.constraint = None if step.constraint is None else _compile(step.constraint)
    place.constraint_message = None if step.constraint_message is None else compile_text(step.constraint_message)
    place.required_message = None if step.required_message is None else compile_text(step.required_message)
    calculation = getattr(step, "calculation", None)
    place.calculation = None if calculation is None else _compile(calculation)
    place.reply = "reply" in step.appearance.split()
    place.options = _options_of(step)
    place.pictures = any(option.image for option in place.options)
    if isinstance(step, Select):
        fixed = all(option.label.rich is not None for option in place.options)
        place.labels = {option.answer: option.label.source for option in place.options} if fixed else None
        place.choice_filter = None if step.choice_filter is None else _compile(step.choice_filter, choice_filter=True)
        place.randomize, place.or_other = step.parameters.randomize, step.or_other
    place.same_for_all = (
        isinstance(place.required, bool)
        and place.default is None
        and place.choice_filter is None
        and not place.randomize
        and all(option.label.rich is not None for option in place.options)
    )


def _default_of(step: BaseStep) -> Any:
    """A value, or an expression when it is written with `${…}`."""
    default = step.default
    return _compile(default) if isinstance(default, str) and "${" in default else default


def _options_of(step: BaseStep) -> tuple[Option, ...]:
    if isinstance(step, Range):
        return _numbers_of(step)
    if isinstance(step, Acknowledge):
        return (Option(OK, True, compile_text(step.choices[0].label if step.choices else WORDS[OK])),)
    choices: tuple[Choice, ...] = getattr(step, "choices", ())
    return tuple(
        Option(str(index), choice.name, compile_text(choice.label), Media("image", choice.image) if choice.image else None)
        for index, choice in enumerate(choices)
    )


def _numbers_of(step: Range) -> tuple[Option, ...]:
    start, end, width = step.parameters.start, step.parameters.end, step.parameters.step
    if width == 0 or (end - start) / width < 0:
        return ()
    count = min(MOST_NUMBERS, int((end - start) / width + 1e-9) + 1)
    numbers = [tidy_number(round(start + index * width, 9)) for index in range(count)]
    return tuple(
        Option(str(index), number, Template(words := text_of(number), (words,), (), Rich(words)))
        for index, number in enumerate(numbers)
    )


def _compile(source: str, choice_filter: bool = False) -> Compiled:
    try:
        return compile_expression(source, choice_filter)
    except ExpressionError:
        return Unreadable(source)
