"""Reads on behind a step that is no YAML, so that every mistake in a flow's file is told at once, not only the first."""

import re
from collections.abc import Iterator

from authoring.yaml12 import LARGEST, Node, Problem, parse_yaml

_STEPS = re.compile(r"^steps[ \t]*:[ \t]*(?:#.*)?$", re.MULTILINE)
_DASH = re.compile(r"^( *)-(?= |$)", re.MULTILINE)
_KEY = re.compile(r"^[^\W\d]\w*[ \t]*:", re.MULTILINE)
_NAME = re.compile(r"\bname[ \t]*:[ \t]*[\"']?([^\W\d][\w-]*)")
_NOT_BREAK = re.compile(r"[^\n]")
_ANCHOR = re.compile(r"(?:^|[\s\[{,])&\w")


def parse_flow(text: str) -> tuple[Node | None, list[Problem], frozenset[str]]:
    """Like parse_yaml; steps that can't be read are left out of the tree, and the names in them are given.

    The places of all that is left are those of the whole text. None when nothing is left, or what is wrong is no step.
    """
    node, problems = parse_yaml(text)
    if node is not None or len(text) > LARGEST or _ANCHOR.search(text):  # an anchor ties steps together: none can be read alone
        return node, problems, frozenset()
    broken: list[Problem] = []
    kept, lost, alive = text, set(), 0
    for start, end in _find_steps(text):
        found, wrong = parse_yaml(text[start:end])
        if found is not None:
            alive += 1
            continue
        lines = text.count("\n", 0, start)
        broken += [Problem(problem.line + lines, problem.column, problem.words) for problem in wrong]
        kept = kept[:start] + _NOT_BREAK.sub(" ", text[start:end]) + kept[end:]
        lost.update(_NAME.findall(text, start, end))
    if not broken:
        return None, problems, frozenset()
    node, rest = parse_yaml(kept)
    return (node if alive else None), broken + (rest if alive else []), frozenset(lost)


def _find_steps(text: str) -> Iterator[tuple[int, int]]:
    """Where each step begins and ends: from its dash to the next dash of the same depth, or the next key of the file."""
    head = _STEPS.search(text)
    first = _DASH.search(text, head.end()) if head else None
    if head is None or first is None:
        return
    after = _KEY.search(text, head.end())
    end = after.start() if after else len(text)
    starts = [dash.start() for dash in _DASH.finditer(text, head.end(), end) if dash[1] == first[1]]
    yield from zip(starts, [*starts[1:], end], strict=True)
