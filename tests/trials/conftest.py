"""Trials have two sizes: a small one for every run of the tests, and with `--full` (`make trials`) the one that is promised."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.process import Bot, open_bot

LONGEST = 900  # seconds that a trial may take at its full size


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("full"):
        for item in items:
            item.add_marker(pytest.mark.timeout(LONGEST))


@pytest.fixture
def is_full(request: pytest.FixtureRequest) -> bool:
    """Whether the full size is wanted."""
    return bool(request.config.getoption("full"))


@pytest.fixture
def size(is_full: bool) -> Callable[[int, int], int]:
    """`size(small, full)`."""
    return lambda small, full: full if is_full else small


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    """A real process, with one programme of two questions."""
    async with open_bot(tmp_path) as opened:
        yield opened
