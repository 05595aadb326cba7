"""Faults that remember what they did: which call may have been carried out although its answer was lost."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from simulator.chaos.diary import Diary
from simulator.chaos.plan import Trouble
from simulator.world.faults import Fault, Faults


class NotedFaults(Faults):
    """`ambiguous`: chat -> moments (seconds of the monotonic clock) at which a message arrived but its answer did not."""

    def __init__(self, seed: int, diary: Diary) -> None:
        super().__init__(seed)
        self._diary = diary
        self.ambiguous: dict[int, list[float]] = defaultdict(list)

    @property
    def total(self) -> int:
        """How often anything was hit."""
        return sum(self.hits.values())

    def pick(self, method: str, chat: int | None, params: Mapping[str, Any] | None = None) -> Fault | None:
        """As ever, with a note."""
        fault = super().pick(method, chat, params)
        if fault is not None:
            self._diary.note(chat or "telegram", f"{method} meets {fault.kind} {fault.options or ''}")
        if fault is not None and chat is not None and method.startswith("send") and is_ambiguous(fault):
            self.ambiguous[chat].append(time.perf_counter())
        return fault


def is_ambiguous(fault: Fault) -> bool:
    """Whether the bot can't know that the call was carried out."""
    return fault.kind == "reset_after" or (fault.kind == "hang" and bool(fault.options["applied"]))


async def play(faults: Faults, troubles: tuple[Trouble, ...], people: list[int]) -> None:
    """Switch every trouble on and off at its time; none is left when this ends or is cancelled."""
    try:
        async with asyncio.TaskGroup() as group:
            for trouble in troubles:
                group.create_task(_play_one(faults, trouble, people))
    finally:
        faults.clear()


async def _play_one(faults: Faults, trouble: Trouble, people: list[int]) -> None:
    await asyncio.sleep(trouble.at)
    chat = None if trouble.person is None else people[trouble.person]
    rule = faults.add(trouble.method, chat, trouble.probability, kind=trouble.kind, **trouble.options)
    await asyncio.sleep(trouble.seconds)
    faults.remove(rule)
