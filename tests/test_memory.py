"""What a person takes while they are kept in memory: summed over the objects themselves, so that no allocator blurs it."""

import sys
from types import NoneType
from typing import Any

from database.records import Person, Sent
from flow.state.run import Run
from handlers.outgoing.lanes import Entry
from tests.crowd import PEOPLE, Crowd
from tests.test_step_cost import crowd

__all__ = ["crowd"]  # the fixture
MOST_AT_REST = 3_700  # bytes; 3,260 when this was written
MOST_INSIDE = 9_600  # there before the tenth answer of a second walk; 8,590
MOST_FOLDED = 3_200  # there, for those who think for more than a minute; 2,900 when this was written


def size_of(entries: list[Entry]) -> float:
    """Bytes a person, what they share counted once for all of them."""
    seen: dict[int, Any] = {}
    pending: list[Any] = list(entries)
    while pending:
        one = pending.pop()
        if id(one) in seen or isinstance(one, bool | NoneType):
            continue
        seen[id(one)] = one
        if isinstance(one, Entry):
            pending += [one.record, one.sent, one.durable, one.run, one.folded]
        elif isinstance(one, dict):
            pending += [*one, *one.values()]
        elif isinstance(one, list | tuple | Run):
            pending += one
        elif isinstance(one, Person | Sent):
            pending.append(one.__dict__)
    return sum(map(sys.getsizeof, seen.values())) / len(entries)


def people_at_rest(crowd: Crowd) -> list[Entry]:
    entries = list(crowd.service.cache._resting.values())
    for entry in entries:
        entry.rest()
    assert len(entries) == PEOPLE
    return entries


async def test_a_person_who_thinks_takes_little(crowd: Crowd) -> None:
    """After ten questions they take less than 4 KB; inside an open flow its answers come on top."""
    assert size_of(people_at_rest(crowd)) < MOST_AT_REST
    await crowd.begin()
    assert size_of(people_at_rest(crowd)) < MOST_INSIDE


async def test_a_person_who_thinks_for_long_takes_less_than_four_kilobytes(crowd: Crowd) -> None:
    """In the middle of a long flow too."""
    await crowd.begin()
    assert size_of(people_at_rest(crowd)) > MOST_FOLDED
    entries = people_at_rest(crowd)
    for entry in entries:
        entry.durable = entry.sent  # as a moment later
        assert entry.fold()
    print(f"{size_of(entries):.0f} bytes a person who is folded")
    assert size_of(entries) < MOST_FOLDED < 4096
