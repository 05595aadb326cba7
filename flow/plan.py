"""A flow made ready to be walked: steps in one line, groups opened, texts and expressions compiled, jumps resolved to places."""

from collections.abc import Iterable, Mapping

from flow.kinds.group import AFTER, Group
from flow.kinds.registry import KINDS
from flow.question.place import Condition, Kind, Plan, PlanStep, Target, compile_or_keep
from flow.question.step import MEDIA_KINDS, BaseStep
from flow.question.texts import compile_text
from flow.state.effects import Media

END = "end"
_VIDEOS = (".mp4", ".mov", ".m4v", ".webm")


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
            conditions = (*around, Condition(compile_or_keep(step.relevant)))
        place = _append(plan, step, KINDS[getattr(step, "type", "")], conditions)
        if isinstance(step, Group):
            _flatten(plan, step.steps, conditions)
            if step.go is not None or step.next:
                _append(plan, step, AFTER, conditions)
        else:
            _prepare(place, step)
        if step.relevant is not None:
            conditions[-1].past = len(plan.steps)


def _append(plan: Plan, step: BaseStep, kind: Kind, conditions: tuple[Condition, ...]) -> PlanStep:
    index = len(plan.steps)
    name = step.name
    while kind is not AFTER and name in plan.by_name:
        name += "~"
    place = PlanStep(step, kind, name, f"{plan.flow}.{name}", index, index + 1, conditions)
    plan.steps.append(place)
    if kind is not AFTER:
        plan.by_name[name] = place
        _prepare_words(place, step)
    return place


def _resolve_jumps(plan: Plan, place: PlanStep) -> None:
    if place.kind.holds_steps:  # its jumps are followed after its last step
        return
    step = place.step
    place.rules = tuple((compile_or_keep(rule.if_), _target(plan, rule.go)) for rule in step.next)
    place.go = None if step.go is None else _target(plan, step.go)
    place.expiry = None if step.on_expiry is None else _target(plan, step.on_expiry)
    for choice, option in zip(getattr(step, "choices", None) or (), place.options, strict=False):
        if choice.go is not None:
            place.choice_targets.setdefault(option.answer, _target(plan, choice.go))


def _target(plan: Plan, name: str) -> Target:
    if name == END:
        return len(plan.steps)
    found = plan.by_name.get(name)
    return name if found is None else found.index


def _prepare_words(place: PlanStep, step: BaseStep) -> None:
    label, hint = step.label or "", place.kind.hint(step)
    if not place.kind.asks and hint:  # a message that asks nothing has no hint of its own
        label, hint = "\n\n".join(part for part in (label, hint) if part), ""
    place.label = compile_text(label) if label else None
    place.hint = compile_text(hint) if hint else None
    place.media = _media_of(step, {})
    languages = {key.partition("::")[2] for key in step.translated}
    place.media_in = {code: _media_of(step, _in_language(step, code)) for code in sorted(languages)}


def _in_language(step: BaseStep, code: str) -> dict[str, str]:
    return {key.partition("::")[0]: value for key, value in step.translated.items() if key.partition("::")[2] == code}


def _media_of(step: BaseStep, translated: Mapping[str, str]) -> tuple[Media, ...]:
    found = [Media(kind, name) for kind in MEDIA_KINDS if (name := translated.get(kind) or getattr(step, kind))]
    if not any(kind in translated for kind in MEDIA_KINDS):
        found += [Media("video" if name.lower().endswith(_VIDEOS) else "image", name) for name in step.album]
    link = translated.get("link") or step.link
    return (*found, Media("link", link)) if link else tuple(found)


def _prepare(place: PlanStep, step: BaseStep) -> None:
    place.required = step.required if isinstance(step.required, bool) else compile_or_keep(step.required)
    place.default = _default_of(step)
    place.constraint = None if step.constraint is None else compile_or_keep(step.constraint)
    place.constraint_message = None if step.constraint_message is None else compile_text(step.constraint_message)
    place.required_message = None if step.required_message is None else compile_text(step.required_message)
    place.reply = "reply" in step.appearance.split()
    place.kind.prepare(place, step)
    place.pictures = any(option.image for option in place.options)
    place.same_for_all = (
        isinstance(place.required, bool)
        and place.default is None
        and place.choice_filter is None
        and not place.randomize
        and all(option.label.rich is not None for option in place.options)
    )


def _default_of(step: BaseStep) -> object:
    """A value, or an expression when it is written with `${…}`."""
    default = step.default
    return compile_or_keep(default) if isinstance(default, str) and "${" in default else default
