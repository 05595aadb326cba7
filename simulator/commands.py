"""The options of `python bot.py load` and `chaos`, and which trial they mean. The trials themselves are loaded when one is run."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path


def add_load_options(parser: ArgumentParser) -> None:
    """Of `python bot.py load`."""
    parser.add_argument("--people", type=int, metavar="N", help="default 500; with --isolation 200")
    parser.add_argument(
        "--minutes", type=_seconds, dest="seconds", metavar="T", help="default 1; with --isolation 0.5, of each case"
    )
    parser.add_argument("--videos", type=int, metavar="N", help="of them, so many get a 20 MB video with every question")
    parser.add_argument("--slow", type=int, metavar="N", help="of them, so many whose every store call takes 200 ms")
    parser.add_argument("--flood", type=int, metavar="N", help="of them, so many write 1,000 messages a second")
    parser.add_argument("--hushed", type=int, metavar="N", help="of them, so many whose chats get 429 again and again")
    parser.add_argument("--think", type=float, metavar="S", help="seconds before each answer; default 0; with --isolation 0.5")
    parser.add_argument("--seed", type=int)
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--isolation", action="store_true", help="instead: does one person slow another? every case, in a few minutes"
    )
    instead.add_argument("--rush", type=int, metavar="N", help="instead: N people send /start within 10 s; times and memory")
    instead.add_argument(
        "--stored", type=int, metavar="N", help="instead: what it costs when N people are stored; start, CPU, memory"
    )
    instead.add_argument("--strangers", type=int, metavar="N", help="instead: N people come one after the other; memory")


def _seconds(minutes: str) -> float:
    return float(minutes) * 60


def add_chaos_options(parser: ArgumentParser) -> None:
    """Of `python bot.py chaos`."""
    parser.add_argument("--people", type=int, default=100, metavar="N")
    parser.add_argument("--steps", type=int, default=20, metavar="K", help="questions")
    parser.add_argument("--kills", type=int, default=20, metavar="M", help="SIGKILLs")
    parser.add_argument("--minutes", type=float, default=0.0, metavar="T", help="of kills and faults (default: 3 s a kill)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same plan of kills and faults")
    parser.add_argument(
        "--faults",
        nargs="*",
        choices=("telegram", "store"),
        default=("telegram", "store"),
        help="besides kills (default: both)",
    )
    parser.add_argument("--mongo", default="", metavar="URI", help="of a MongoDB server (default: MONGO_URI, without it SQLite)")
    parser.add_argument("--days", type=int, default=0, metavar="D", help="instead: days with reminders, in a time that jumps")


def run_load_command(
    options: Namespace, bot: Sequence[str], troubled: Sequence[str], copy_people: Callable[[Path, int], int]
) -> int:
    """`bot`: the command of `bot.py`; `troubled` starts the bot with troubles; `copy_people` fills a
    database (simulator knows none). Gives the exit status."""
    from simulator.load.isolation import USUAL, run_isolation
    from simulator.load.load import run_load
    from simulator.load.newcomers import run_rush, run_strangers
    from simulator.load.plan import Plan

    if options.stored:
        from simulator.load.stored import run_stored

        return run_stored(options.stored, options.people or 500, options.seconds or 10.0, bot, copy_people)
    if options.rush:
        return run_rush(options.rush, bot)
    if options.strangers:
        return run_strangers(options.strangers, bot)
    chosen = {one.name: value for one in fields(Plan) if (value := getattr(options, one.name)) is not None}
    plan = replace(USUAL if options.isolation else Plan(), **chosen)
    return (run_isolation if options.isolation else run_load)(plan, bot, troubled)


def run_chaos_command(options: Namespace, bot: Sequence[str], troubled: Sequence[str], uri: str) -> int:
    """`uri`: of a MongoDB server, "" for SQLite. Gives the exit status. Raises ValueError for a server that can't be used."""
    from simulator.chaos.chaos import run_chaos
    from simulator.chaos.plan import Size
    from simulator.days.days import Stay, run_days

    if options.days:
        return run_days(Stay(options.people, options.days, options.kills, options.seed), bot, troubled, uri)
    size = Size(options.people, options.steps, options.kills, options.minutes * 60, options.seed, tuple(options.faults))
    return run_chaos(size, bot, troubled, uri)
