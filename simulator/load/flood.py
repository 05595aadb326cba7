"""People who write without end, whatever the bot says."""

import asyncio

from simulator.world.world import World

EACH_SECOND = 1000  # messages of one person
TICK = 0.02  # seconds


class Flood:
    """`people` who begin with `start` and flood the bot from `go` to `rest`. Nothing of it is compared: most is to be refused."""

    def __init__(self, world: World, people: int, start: str) -> None:
        self._world = world
        self._people = [world.add_person(f"Flood {number + 1}").id for number in range(people)]
        self._first = start
        self._task: asyncio.Task[None] | None = None

    def go(self) -> None:
        """Begin to write."""
        if self._people:
            self._task = asyncio.create_task(self._write())

    def rest(self) -> None:
        """Write no more."""
        if self._task is not None:
            if self._task.done():
                self._task.result()  # it never ends by itself: raises what went wrong
            self._task.cancel()
            self._task = None

    def waiting(self) -> set[int]:
        """Those of whom the bot has not taken everything in yet."""
        return {update.lane for update in self._world.updates.waiting()}.intersection(self._people)

    async def _write(self) -> None:
        begun, done = asyncio.get_running_loop().time(), 0
        while True:
            due = int((asyncio.get_running_loop().time() - begun) * EACH_SECOND)
            for number in range(done, due):
                for person in self._people:
                    self._world.say(person, self._first or f"flood {number}")
                self._first = ""
            done = due
            await asyncio.sleep(TICK)
