"""Checks what programme.yaml says of its folder and its flows, and finds flows that nobody could ever come to."""

import re
from collections.abc import Iterator

from authoring.findings import did_you_mean, listed
from authoring.outline import File, Outline
from authoring.yaml12 import Node

NAME = re.compile(r"[a-z0-9-]{1,40}")


def check_head(outline: Outline) -> None:
    """Add what is wrong with the name, the days and the menu to the findings of programme.yaml."""
    head = outline.head
    if head.node is None:
        return
    _check_name(outline, head, head.node)
    if not any(head.node.value.get(key) or key in head.lost for key in ("days", "menu")):
        head.add((1, 1), "a programme needs days, a menu or both")
    _check_days(head, head.node)
    named = set()
    for node in _named_flows(head.node):
        named.add(node.value)
        if node.value not in outline.flows:
            there = did_you_mean(node.value, outline.flows) or f" (there are {listed(outline.flows)})" if outline.flows else ""
            head.add(node, f"there is no flow “{node.value}”: {node.value}.yaml is missing{there}")
    _warn_unused(outline, named)


def _check_name(outline: Outline, head: File, node: Node) -> None:
    name = node.child("programme")
    folder = outline.folder.resolve().name
    if not NAME.fullmatch(folder):
        head.add(name or (1, 1), f"the folder's name “{folder}” takes only a-z, 0-9 and - (at most 40)")
    elif name is not None and isinstance(name.value, str | int | float) and str(name.value) != folder:
        head.add(name, f"programme must be the folder's name, “{folder}”")


def _check_days(head: File, node: Node) -> None:
    """Days are kept by their flow's name, so that a programme may grow while people are inside."""
    days, seen = node.child("days"), set()
    for day in days.children.values() if days is not None else ():
        if isinstance(day.value, str):
            if day.value in seen:
                head.add(day, f"“{day.value}” is already one of the days: a day wants a flow of its own (type: flow walks another)")
            seen.add(day.value)


def _named_flows(head: Node) -> Iterator[Node]:
    """Every flow's name in `days` and `menu` (grouped or not)."""
    for key in ("days", "menu"):
        node = head.children.get(key)
        pending = [node] if node is not None else []
        while pending:
            current = pending.pop(0)
            if isinstance(current.value, str):
                yield current
            pending += current.children.values()


def _warn_unused(outline: Outline, named: set[str]) -> None:
    walked = {str(step.node.value.get("flow")) for flow in outline.flows.values() for step in flow.steps if step.kind.walks_flow}
    if any(file.node is None or file.lost for file in outline.files()):
        return  # the ways are not known
    for flow in outline.flows.values():
        if flow.name not in named | walked:
            flow.file.warn((1, 1), f"nobody comes to the flow “{flow.name}”: it is in no days, no menu and no flow step")
