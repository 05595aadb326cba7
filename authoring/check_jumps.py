"""Checks where steps lead: targets that exist, steps that nothing leads to, circles that ask nothing, flows that walk
themselves."""

from collections.abc import Iterator

from authoring.findings import did_you_mean, listed
from authoring.outline import FlowFile, Outline, Step
from authoring.yaml12 import Node

END = "end"


def check_jumps(outline: Outline, flow: FlowFile) -> None:
    """Add what is wrong with the jumps of one flow to its file's findings."""
    for step in flow.steps:
        for node in targets_of(step):
            _check_target(flow, node)
        if step.kind.walks_flow:
            _check_walked(outline, flow, step)
    if flow.file.lost:  # where they lead is not known
        return
    ways = _Ways(outline, flow)
    _warn_unreachable(flow, ways)
    _check_circles(flow, ways)


def targets_of(step: Step) -> Iterator[Node]:
    """Every jump's target as written: of `go`, `on_expiry`, `next` and the choices."""
    for key in ("go", "on_expiry"):
        node = step.text(key)
        if node is not None:
            yield node
    for item in [*step.items("next"), *step.items("choices")]:
        node = item.children.get("go")
        if node is not None and isinstance(node.value, str):
            yield node


def _check_target(flow: FlowFile, node: Node) -> None:
    target = node.value
    if target != END and not flow.has(target):
        names = [*flow.by_name, END]
        flow.file.add(
            node, f"there is no step “{target}” in this flow{did_you_mean(target, names) or f' (there are {listed(names)})'}"
        )


def _check_walked(outline: Outline, flow: FlowFile, step: Step) -> None:
    node = step.text("flow")
    if node is None:
        return
    if node.value not in outline.flows:
        flow.file.add(node, f"there is no flow “{node.value}”{did_you_mean(node.value, outline.flows)}")
        return
    if flow.name in _walked_from(outline, node.value):
        flow.file.add(node, f"the flow “{flow.name}” walks itself through “{node.value}”, which would never end")


def flows_around(outline: Outline, name: str) -> list[FlowFile]:
    """Every flow that walks `name`, at any depth."""
    return [flow for flow in outline.flows.values() if flow.name != name and name in _walked_from(outline, flow.name)]


def _walked_from(outline: Outline, name: str) -> set[str]:
    """Every flow that is walked, at any depth, once `name` is begun; itself included."""
    seen: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current in seen or current not in outline.flows:
            continue
        seen.add(current)
        pending += [str(step.node.value.get("flow")) for step in outline.flows[current].steps if step.kind.walks_flow]
    return seen


class _Ways:
    """Which places may follow a place; `None` is the flow's end.

    A place is a step by its index. `-1 - index` of a group is the place after its last step, where the group's own jumps are.
    """

    def __init__(self, outline: Outline, flow: FlowFile) -> None:
        self._outline, self._flow = outline, flow
        self._below = self._find_below(flow.top, None)
        self.after: dict[int, set[int | None]] = {}
        for step in flow.steps:
            self._add_ways(step)

    def _find_below(self, steps: list[Step], end: int | None) -> dict[int, int | None]:
        below: dict[int, int | None] = {}
        for step, following in zip(steps, [*(step.index for step in steps[1:]), end], strict=False):
            below[step.index] = following
            below.update(self._find_below(step.steps, -1 - step.index))
        return below

    def _add_ways(self, step: Step) -> None:
        below = self._below[step.index]
        ways: set[int | None] = {below} if "relevant" in step.node.value else set()
        if not step.kind.holds_steps:
            self.after[step.index] = ways | self._jumps_of(step) | ({below} if _may_pass(step) else set())
            return
        self.after[step.index] = ways | {step.steps[0].index if step.steps else -1 - step.index}
        self.after[-1 - step.index] = self._jumps_of(step) | (set() if step.text("go") else {below})

    def _jumps_of(self, step: Step) -> set[int | None]:
        targets = [node.value for node in targets_of(step)]
        ways: set[int | None] = {self._flow.by_name[name].index for name in targets if name in self._flow.by_name}
        return ways | ({None} if END in targets else set())

    def step_at(self, place: int) -> Step:
        """The step, or the group, that a place belongs to."""
        return self._flow.steps[place if place >= 0 else -1 - place]

    def asks(self, place: int) -> bool:
        """Whether somebody is waited for here (in a flow that is walked: anywhere in it)."""
        step = self.step_at(place)
        if step.kind.walks_flow:
            flows = _walked_from(self._outline, str(step.node.value.get("flow")))
            return any(inner.kind.asks for name in flows for inner in self._outline.flows[name].steps)
        return step.kind.asks


def _may_pass(step: Step) -> bool:
    """Whether the step below may follow a step that is not skipped: nothing sends everybody elsewhere."""
    value = step.node.value
    if "expires" in value and step.text("on_expiry") is None:
        return True
    if step.text("go") is not None:
        return False
    choices = step.items("choices")
    if not step.kind.is_choice or step.kind.many or not choices or value.get("or_other") or "choice_filter" in value:
        return True
    return value.get("required", True) is not True or any("go" not in choice.children for choice in choices)


def _warn_unreachable(flow: FlowFile, ways: _Ways) -> None:
    reached: set[int] = set()
    pending: list[int | None] = [0] if flow.steps else []
    while pending:
        index = pending.pop()
        if index is not None and index not in reached:
            reached.add(index)
            pending += ways.after[index]
    before = True
    for step in flow.steps:
        now = step.index in reached
        if before and not now:
            flow.file.warn(step.node, f"nothing leads to “{step.name or step.type}”")
        before = now


def _check_circles(flow: FlowFile, ways: _Ways) -> None:
    """A circle of steps that wait for nobody: certain when each has a single way on, else possible."""
    silent = {place for place in ways.after if not ways.asks(place)}
    after = {place: {way for way in ways.after[place] if way is not None and way in silent} for place in silent}
    told: set[int] = set()
    for place in sorted(_in_circles(after), key=lambda place: (ways.step_at(place).index, place < 0)):
        circle = {other for other in _reached(place, after) if place in _reached(other, after)} if place not in told else set()
        if not circle:
            continue
        told |= circle
        step = ways.step_at(place)
        if all(len(ways.after[member]) == 1 for member in circle):
            flow.file.add(step.node, f"from “{step.name or step.type}” it goes round and round without a question")
        else:
            flow.file.warn(step.node, f"from “{step.name or step.type}” it may go round and round without a question")


def _in_circles(after: dict[int, set[int]]) -> set[int]:
    """Take away places that lead nowhere or come from nowhere, again and again; circles stay, and ways between them."""
    before: dict[int, set[int]] = {index: set() for index in after}
    for index, ways in after.items():
        for way in ways:
            before[way].add(index)
    left = set(after)
    for onward, backward in ((after, before), (before, after)):
        open_ways = {index: len(onward[index] & left) for index in left}
        pending = [index for index in left if not open_ways[index]]
        while pending:
            index = pending.pop()
            left.discard(index)
            for other in backward[index] & left:
                open_ways[other] -= 1
                if not open_ways[other]:
                    pending.append(other)
    return left


def _reached(start: int, after: dict[int, set[int]]) -> set[int]:
    """All that follows `start` by one step or more."""
    seen: set[int] = set()
    pending = list(after[start])
    while pending:
        index = pending.pop()
        if index not in seen:
            seen.add(index)
            pending += after[index]
    return seen
