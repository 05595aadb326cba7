"""The time that is told, shared with a bot that follows it (`trials/run.py --clock FILE`) and kept over a restart."""

import mmap
import struct
from pathlib import Path

from simulator.world.chats import Event
from simulator.world.world import World

_AHEAD = struct.Struct("<d")


class ClockFile:
    """The seconds by which the told time is ahead: eight bytes, a little-endian double. Both sides map them into memory, so they
    never disagree for longer than a moment. The file is made where there is none and never gets shorter."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            if file.tell() < _AHEAD.size:
                file.truncate(_AHEAD.size)
        with path.open("r+b") as file:
            self._kept = mmap.mmap(file.fileno(), _AHEAD.size)

    @property
    def ahead(self) -> float:
        """Seconds."""
        return float(_AHEAD.unpack_from(self._kept)[0])

    @ahead.setter
    def ahead(self, seconds: float) -> None:
        _AHEAD.pack_into(self._kept, 0, seconds)

    def lead(self, world: World) -> None:
        """From now on that world tells the time of this file, and the file follows when its clock is put forward."""
        world.ahead = self.ahead

        def note(event: Event) -> None:
            if event.kind == "clock":
                self.ahead = world.ahead

        world.subscribe(note)
