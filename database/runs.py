"""Walking over every run once while people go on: open runs first, then the ended ones that were not among them.

In the order in which a run moves, so that none is missed by all.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

Page = list[tuple[int, dict[str, Any]]]  # (person, run), in the order of the keys below; empty: no more


async def iterate_runs(
    list_open: Callable[[int], Awaitable[Page]],
    list_ended: Callable[[tuple[int, int] | None], Awaitable[Page]],
    programme: str | None,
    list_moving: Callable[[], Awaitable[Page]] | None = None,
) -> AsyncIterator[dict[str, Any]]:
    """Each run with the key `person` added. `list_open` gives those after a person, `list_ended` those after (person, number).
    `list_moving` gives ended ones on their way there, where ending a run takes two writes.

    A run that ends between two walks stands in both, so the first one's are remembered. In the other order it could be missed by
    both.
    """
    seen: set[tuple[int, int]] = set()

    def fresh(page: Page) -> Iterator[dict[str, Any]]:
        for person, run in page:
            if (person, run["number"]) not in seen and (programme is None or run.get("programme") == programme):
                yield {**run, "person": person}

    after = -1
    while page := await list_open(after):
        after = page[-1][0]
        for run in fresh(page):
            yield run
        seen.update((person, run["number"]) for person, run in page)
    moving = await list_moving() if list_moving else []
    for run in fresh(moving):
        yield run
    seen.update((person, run["number"]) for person, run in moving)
    key: tuple[int, int] | None = None
    while page := await list_ended(key):
        key = (page[-1][0], page[-1][1]["number"])
        for run in fresh(page):
            yield run
