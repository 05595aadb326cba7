"""For all tests: no coroutine may block the event loop, and whatever a test put on the clock is taken off again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from utils import clock
from utils.performance import performance_monitor

HERE = Path(__file__).parent
SLOW = (  # files and folders below tests/ whose tests are marked `slow`
    "database/mongo/test_store.py",
    "handlers/due/test_absence.py",
    "handlers/due/test_expiry.py",
    "handlers/outgoing/test_timers.py",
    "handlers/test_clock_jumps.py",
    "handlers/test_faults.py",
    "handlers/test_promises.py",
    "handlers/incoming/test_fast_path.py",
    "handlers/incoming/test_flood.py",
    "simulator/load/",
    "simulator/page/",
    "test_bot.py",
    "test_chaos.py",
    "test_days.py",
    "test_full_disk.py",
    "test_memory.py",
    "test_operator.py",
    "trials/",
    "web/test_health.py",
    "web/test_webhook.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.relative_to(HERE).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="tests/trials at their full size (make trials), which takes minutes")


# The simulator stands for the other side; `bench` has nothing that runs in a loop of ours.
OURS = ["bot", "authoring", "handlers", "flow", "database", "media", "utils", "web"]


@pytest.fixture(autouse=True, scope="session")  # to switch it on takes longer than most tests
def no_blocking_calls() -> Iterator[None]:
    """A blocking call (sleep, file, socket, lock) of our code inside a coroutine raises BlockingError."""
    with blockbuster_ctx(scanned_modules=OURS) as blockbuster:
        for name in ("os.path.abspath", "os.readlink", "os.stat", "os.getcwd"):
            if name in blockbuster.functions:  # once at the start, PTB looks where it was called from
                blockbuster.functions[name].can_block_in("telegram/ext/_application.py", "__init__")
        # PyMongo looks for /.dockerenv each time it begins with a server: microseconds that are not ours
        blockbuster.functions["os.stat"].can_block_in("pymongo/pool_options.py", "get_container_env_info")
        # its thread wakes at once; the wait is the last thing that a stopping process does
        blockbuster.functions["threading.Lock.acquire"].can_block_in("utils/watchdog.py", "stop")
        yield


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The clock and the monitor are the process's own."""
    yield
    clock.set()
    performance_monitor.reset()
