"""What the process itself takes of the machine."""

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psutil import Process


@dataclass(frozen=True, slots=True)
class ProcessStats:
    """`cpu_percent`: of one core, since the reading before (0.0 at first). `open_files`: descriptors, sockets among them."""

    cpu_percent: float
    rss_bytes: int
    threads: int
    open_files: int
    uptime: float


@functools.cache
def _process() -> "Process":
    import psutil  # here: it is first needed when updates are taken already

    return psutil.Process()


def read_process() -> ProcessStats:
    """This process now; `uptime` in seconds. Takes well under a millisecond (reads /proc)."""
    process = _process()
    with process.oneshot():
        return ProcessStats(
            cpu_percent=process.cpu_percent(),
            rss_bytes=process.memory_info().rss,
            threads=process.num_threads(),
            open_files=process.num_fds(),
            uptime=max(0.0, time.time() - process.create_time()),
        )
