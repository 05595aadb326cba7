"""The process's own share of the machine."""

import functools
import sysconfig
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


def is_slow_build(options: str | None = None) -> bool:
    """Whether this Python was built by hand and not for speed, as pyenv does by default. A step then takes a third more CPU
    (docs/performance.md). `options`: those of its build, by default as it tells them. A distribution's Python in /usr is built for
    speed, though it does not say so; so is one that tells nothing (Windows).
    """
    told = sysconfig.get_config_var("CONFIG_ARGS") if options is None else options
    return bool(told) and "--enable-optimizations" not in told and "--prefix=/usr'" not in told
