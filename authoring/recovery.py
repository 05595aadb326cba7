"""Reads on behind what is no YAML, so that an author hears of every mistake in a file at once, not only of the first."""

import re
from collections.abc import Iterator

from authoring.yaml12 import LARGEST, Node, Problem, parse_yaml

_KEY = re.compile(r"^([^\W\d][\w-]*)[ \t]*:(?=\s|$)", re.MULTILINE)
_DASH = re.compile(r"^( *)-(?=\s|$)", re.MULTILINE)
_NAME = re.compile(r"\bname[ \t]*:[ \t]*[\"']?([^\W\d][\w-]*)")
_ANCHOR = re.compile(r"(?:^|[\s\[{,])&\w")  # ties parts of a file together: none can be read alone
_NOT_BREAK = re.compile(r"[^\n]")


def parse_file(text: str) -> tuple[Node | None, list[Problem], frozenset[str]]:
    """Like parse_yaml, but steps and keys of the file that can't be read are only left out; the third are their names.

    Everything keeps its place in the whole text. None when nothing of worth can be read.
    """
    node, problems = parse_yaml(text)
    if node is not None or len(text) > LARGEST or _ANCHOR.search(text):
        return node, problems, frozenset()
    broken: list[Problem] = []
    kept = text
    lost: set[str] = set()
    for key, start, end in _find_parts(text):
        found, wrong = parse_yaml(text[start:end])
        if found is None:
            lines = text.count("\n", 0, start)
            broken += [Problem(problem.line + lines, problem.column, problem.words) for problem in wrong]
            kept = kept[:start] + _NOT_BREAK.sub(" ", text[start:end]) + kept[end:]
            lost.update([key] if key else _NAME.findall(text, start, end))
    if not broken:
        return None, problems, frozenset()
    node, rest = parse_yaml(kept)
    if node is not None and (node.value is None or ("steps" in node.keys and node.value["steps"] is None)):
        node = None  # not one key, or not one step, could be read
    return node, broken + rest, frozenset(lost)


def _find_parts(text: str) -> Iterator[tuple[str, int, int]]:
    """The key, beginning and end of each part of a file: what stands under a key, and under `steps` each step (with the key '')."""
    keys = list(_KEY.finditer(text))
    for key, end in zip(keys, [*(key.start() for key in keys), len(text)][1:], strict=True):
        dashes = list(_DASH.finditer(text, key.end(), end)) if key[1] == "steps" else []
        starts = [dash.start() for dash in dashes if dash[1] == dashes[0][1]]  # of one depth: those of choices are deeper
        if starts:
            yield from (("", *span) for span in zip(starts, [*starts[1:], end], strict=True))
        else:
            yield key[1], key.start(), end
