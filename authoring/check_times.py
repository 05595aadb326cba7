"""Times that make no sense together: waits that never begin or never end, reminders of nothing, expiries that nobody waits for."""

from authoring.outline import File, FlowFile, Outline, Step
from authoring.yaml12 import Node
from flow.times.durations import parse_clock, parse_duration
from flow.times.local_time import minute_of, quiet_minutes


def check_times(outline: Outline) -> None:
    """Add what is wrong with reminders and inactivity to the findings of programme.yaml."""
    head = outline.head
    if head.node is None:
        return
    remind, inactivity = head.node.child("remind"), head.node.child("inactivity")
    if remind is not None and isinstance(remind.value, dict):
        _check_remind(head, head.node, remind)
    if inactivity is not None and isinstance(inactivity.value, dict):
        _check_inactivity(head, inactivity)


def check_waits(flow: FlowFile) -> None:
    """Add what is wrong with `expires` and `on_expiry` of one flow's steps to its file's findings."""
    for step in flow.steps:
        expires, leads = step.node.children.get("expires"), step.node.children.get("on_expiry")
        if leads is not None and expires is None:
            flow.file.add(leads, "“on_expiry” needs “expires”: the time after which it leads there, like 4h")
        if expires is not None:
            _check_expires(flow.file, step, expires)


def _check_expires(file: File, step: Step, node: Node) -> None:
    _check_span(file, node, "nobody could answer in no time")
    if not step.kind.asks:
        file.add(node, f"a {step.type} waits for nobody, so it can't expire; a question can")
    elif step.kind.is_timed:
        file.add(node, "a timer ends by itself after its “seconds”; only a question can expire")


def _check_remind(file: File, head: Node, remind: Node) -> None:
    if not head.value.get("days") and "days" not in file.lost:
        file.warn(remind, "nobody is reminded: reminders are for the flows of “days”, and there are none")
    again = remind.child("again_after")
    for node in again.children.values() if again is not None else ():
        _check_span(file, node, "it would come together with the first reminder")
    quiet, at = _clocks(remind.child("quiet")), remind.child("at")
    if at is None or len(quiet) != 2 or not isinstance(at.value, str):
        return  # of a window over quiet hours only the rest is drawn from
    for clock in _clocks(at):
        if minute_of(clock) in quiet_minutes((quiet[0], quiet[1])):
            file.warn(at, f"{clock} lies in the quiet hours: the reminder waits for their end, {quiet[1]}")


def _check_inactivity(file: File, inactivity: Node) -> None:
    ask, expire = inactivity.child("ask_after"), inactivity.child("expire_after")
    for node in (ask, expire):
        if node is not None:
            _check_span(file, node, "nobody could answer in no time")
    first, last = _span(ask), _span(expire)
    if ask is not None and first is not None and last is not None and first >= last:
        file.warn(ask, "it is never asked whether to go on: by then “expire_after” has closed the flow")


def _check_span(file: File, node: Node, why: str) -> None:
    if _span(node) == 0:
        file.add(node, f"a wait of {node.value} is none: {why}")


def _span(node: Node | None) -> float | None:
    """Seconds, None for what is no span (the schema tells)."""
    try:
        return None if node is None else parse_duration(node.value)
    except ValueError:
        return None


def _clocks(node: Node | None) -> list[str]:
    """The times of day of a node, or of a list of them; [] where one is none (the schema tells)."""
    values = [] if node is None else node.value if isinstance(node.value, list) else [node.value]
    try:
        return [parse_clock(value) for value in values]
    except ValueError:
        return []
