"""A flow made ready to be walked: steps in one line, groups opened, texts and expressions compiled, jumps resolved to places."""

from collections.abc import Iterable, Mapping

from flow.expressions.expression import is_expression
from flow.kinds.group import AFTER, Group
from flow.kinds.registry import KINDS
from flow.question.model import MEDIA_KINDS, BaseStep
from flow.question.step import Condition, Kind, Plan, PlanStep, Target, compile_or_keep
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
    for step in plan.steps:
        _resolve_jumps(plan, step)
    return plan


def _flatten(plan: Plan, steps: Iterable[BaseStep], around: tuple[Condition, ...]) -> None:
    for model in steps:
        conditions = around
        if model.relevant is not None:
            conditions = (*around, Condition(compile_or_keep(model.relevant)))
        step = _append(plan, model, KINDS[getattr(model, "type", "")], conditions)
        if isinstance(model, Group):
            _flatten(plan, model.steps, conditions)
            if model.go is not None or model.next:
                _append(plan, model, AFTER, conditions)
        else:
            _prepare(step, model)
        if model.relevant is not None:
            conditions[-1].past = len(plan.steps)


def _append(plan: Plan, model: BaseStep, kind: Kind, conditions: tuple[Condition, ...]) -> PlanStep:
    index = len(plan.steps)
    name = model.name
    while kind is not AFTER and name in plan.by_name:
        name += "~"
    step = PlanStep(model, kind, name, f"{plan.flow}.{name}", index, index + 1, conditions)
    plan.steps.append(step)
    if kind is not AFTER:
        plan.by_name[name] = step
        _prepare_words(step, model)
    return step


def _resolve_jumps(plan: Plan, step: PlanStep) -> None:
    if step.kind.holds_steps:  # its jumps are followed after its last step
        return
    model = step.model
    step.rules = tuple((compile_or_keep(rule.if_), _target(plan, rule.go)) for rule in model.next)
    step.go = None if model.go is None else _target(plan, model.go)
    step.expiry = None if model.on_expiry is None else _target(plan, model.on_expiry)
    for choice, option in zip(getattr(model, "choices", None) or (), step.options, strict=False):
        if choice.go is not None:
            step.choice_targets.setdefault(option.answer, _target(plan, choice.go))


def _target(plan: Plan, name: str) -> Target:
    if name == END:
        return len(plan.steps)
    found = plan.by_name.get(name)
    return name if found is None else found.index


def _prepare_words(step: PlanStep, model: BaseStep) -> None:
    label, hint = model.label or "", step.kind.hint(model)
    if not step.kind.asks and hint:  # a message that asks nothing has no hint of its own
        label, hint = "\n\n".join(part for part in (label, hint) if part), ""
    step.label = compile_text(label) if label else None
    step.hint = compile_text(hint) if hint else None
    step.media = _media_of(model, {})
    languages = {key.partition("::")[2] for key in model.translated}
    step.media_in = {code: _media_of(model, _in_language(model, code)) for code in sorted(languages)}
    links = [one.source for one in (*step.media, *sum(step.media_in.values(), ())) if one.kind == "link"]
    step.has_link_values = any("${" in link for link in links)


def _in_language(model: BaseStep, code: str) -> dict[str, str]:
    return {key.partition("::")[0]: value for key, value in model.translated.items() if key.partition("::")[2] == code}


def _media_of(model: BaseStep, translated: Mapping[str, str]) -> tuple[Media, ...]:
    found = [Media(kind, name) for kind in MEDIA_KINDS if (name := translated.get(kind) or getattr(model, kind))]
    if not any(kind in translated for kind in MEDIA_KINDS):
        found += [Media("video" if name.lower().endswith(_VIDEOS) else "image", name) for name in model.album]
    link = translated.get("link") or model.link
    return (*found, Media("link", link)) if link else tuple(found)


def _prepare(step: PlanStep, model: BaseStep) -> None:
    step.required = model.required if isinstance(model.required, bool) else compile_or_keep(model.required)
    step.default = _default_of(model)
    step.constraint = None if model.constraint is None else compile_or_keep(model.constraint)
    step.constraint_message = None if model.constraint_message is None else compile_text(model.constraint_message)
    step.required_message = None if model.required_message is None else compile_text(model.required_message)
    step.reply = "reply" in model.appearance.split()
    step.kind.prepare(step, model)
    step.pictures = any(option.image for option in step.options)
    step.same_for_all = (
        isinstance(step.required, bool)
        and step.default is None
        and step.choice_filter is None
        and not step.randomize
        and all(option.label.rich is not None for option in step.options)
    )


def _default_of(model: BaseStep) -> object:
    """A value, or an expression where it is one."""
    default = model.default
    return compile_or_keep(default) if is_expression(default) else default
