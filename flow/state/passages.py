"""The walks of a run: one passage through one flow each, numbered from 1 within the run. Walk 1 is the flow that was begun.

A `flow` step begins a walk of its own each time it is come to, so two passages through one flow never mix. A walk that was taken
back (/back, an edit) keeps its number: no number is given twice, since replaced answers carry it for ever.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

OPEN, DONE, UNDONE = "open", "done", "undone"


class Passage(NamedTuple):
    """One walk. `around` is the number of the walk around it (0: none), `step` the name of the `flow` step there that began it.
    `since` is the number of answers that the run had then, `state` one of open, done, undone."""

    flow: str
    around: int
    step: str
    since: int
    state: str


Passages = tuple[Passage, ...]


def first_passage(flow: str) -> Passages:
    """The walks of a run that begins."""
    return (Passage(flow, 0, "", 0, OPEN),)


def mark(walks: Passages, number: int, state: str) -> Passages:
    """The walks with walk `number` in another state."""
    if walks[number - 1].state == state:
        return walks
    return (*walks[: number - 1], walks[number - 1]._replace(state=state), *walks[number:])


def reopen(walks: Passages, number: int) -> Passages:
    """The walks with walk `number` and those around it open again."""
    for one in chain(walks, number):
        walks = mark(walks, one, OPEN)
    return walks


def undo_since(walks: Passages, answers: int) -> Passages:
    """The walks that began after `answers` answers were given are taken back."""
    if all(walk.since <= answers for walk in walks):
        return walks
    return tuple(walk._replace(state=UNDONE) if walk.since > answers else walk for walk in walks)


def chain(walks: Passages, number: int) -> Iterator[int]:
    """Walk `number`, then those around it, innermost first."""
    while number:
        yield number
        number = walks[number - 1].around


def around(walks: Passages, number: int, frames: Sequence[str]) -> int:
    """The walk to come back to from walk `number`, whose frames were `frames`.

    A run that was stored before there were walks does not tell which walk lies around which; its frames name the flow.
    """
    known = walks[number - 1].around
    return known or (find_newest(walks, frames[-1].partition(".")[0]) or 1 if frames else 0)


def find_newest(walks: Passages, flow: str) -> int:
    """The newest walk of a flow that is open or done; 0 for none."""
    return next((number for number in range(len(walks), 0, -1) if walks[number - 1].flow == flow and is_kept(walks, number)), 0)


def find_begun(walks: Passages, within: int, step: str) -> int:
    """The newest walk that the `flow` step of that name began within walk `within`; 0 for none."""
    numbers = range(len(walks), 0, -1)
    return next((n for n in numbers if walks[n - 1][1:3] == (within, step) and is_kept(walks, n)), 0)


def list_kept(walks: Passages, flow: str) -> list[int]:
    """All walks of a flow that are open or done, oldest first."""
    return [number for number in range(1, len(walks) + 1) if walks[number - 1].flow == flow and is_kept(walks, number)]


def is_kept(walks: Passages, number: int) -> bool:
    """Whether a walk was not taken back."""
    return walks[number - 1].state != UNDONE


def bring_up(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A stored run of the form before walks: its answers were kept by flow and step, so each of its flows counts as one walk.

    Its form does not tell which walk lies around which, and that is not guessed. A `flow` step that is come to later begins a walk
    of its own.
    """
    flow, answers = plain["flow"], plain["answers"]
    numbers = {flow: 1}
    walks = [Passage(flow, 0, "", 0, OPEN)]
    current = [frame.partition(".")[0] for frame in plain["frames"]] + [plain["current"]]
    for index, name in [(index, answer["flow"]) for index, answer in enumerate(answers)] + [(len(answers), one) for one in current]:
        if name not in numbers:
            numbers[name] = len(walks) + 1
            walks.append(Passage(name, 0, "", index, DONE))
    for name in current:
        walks[numbers[name] - 1] = walks[numbers[name] - 1]._replace(state=OPEN)
    return {
        **plain,
        "walk": numbers[plain["current"]],
        "walks": [list(walk) for walk in walks],
        "answers": [{**answer, "walk": numbers[answer["flow"]]} for answer in answers],
        "trail": [with_walk(key, numbers.get(key.split("/")[-1].partition(".")[0], 1)) for key in plain["trail"]],
    }


def with_walk(key: str, walk: int) -> str:
    """An entry of the trail: `frame/frame/flow.step`, and behind it `@walk` unless that is the first."""
    return key if walk == 1 else f"{key}@{walk}"


def split_walk(entry: str) -> tuple[str, int]:
    """The key and the walk of an entry of the trail."""
    key, _, walk = entry.partition("@")
    return key, int(walk or 1)
