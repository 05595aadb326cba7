"""`python trials/run.py`: the bot with troubles, for load, chaos and the demo. Everything else about it is `bot.py run`."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    os.umask(0o077)
    sys.path[0] = str(Path(__file__).parents[1])  # instead of this folder, so that the imports are those of bot.py
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # as bot.py does

import argparse
import os
from collections.abc import Sequence

from bot import Misuse, leave, run_bot, say_errors
from database.store import Store
from trials.faulty_store import make_faulty
from trials.slow_store import slow_down
from utils import clock

SLOW_SECONDS = 0.2  # of a slow person's store call


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bot with the troubles that are asked for; the exit status is that of `bot.py`."""
    options = _make_parser().parse_args(arguments)
    return say_errors(lambda: _run(options))


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trials/run.py", description="The bot with troubles. Never run real people on it.")
    parser.add_argument(
        "--slow-people", type=_read_people, default=frozenset(), metavar="ID,…", help="their store calls take 200 ms"
    )
    parser.add_argument("--store-faults", type=Path, metavar="FILE", help="the store is as faulty as the JSON in FILE says")
    parser.add_argument("--clock", type=Path, metavar="FILE", help="live by the time that the demo's chat page tells")
    return parser


def _read_people(words: str) -> frozenset[int]:
    return frozenset(int(word) for word in words.split(","))


def _run(options: argparse.Namespace) -> int:
    if options.clock:
        _follow(options.clock)

    def trouble(store: Store) -> Store:
        if options.slow_people:
            store = slow_down(store, options.slow_people, SLOW_SECONDS)
        return make_faulty(store, options.store_faults) if options.store_faults else store

    return run_bot(trouble)


def _follow(path: Path) -> None:
    try:
        clock.follow(path)
    except (OSError, ValueError) as error:
        raise Misuse(f"--clock: {path} is no clock that can be followed: {error}") from error


if __name__ == "__main__":
    os.umask(0o077)
    leave(main())
