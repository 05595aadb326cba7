"""Measures the bot beside its peers, interleaved round by round. `make bench`, or `make bench ARGS="--quick"`.

    python bench/run.py                                           everything: about an hour on a quiet machine
    python bench/run.py --quick                                   two-second cells, 50 people, one round: a few minutes
    python bench/run.py --scenarios closed,delay --people 50,500 --bots waymark,telegraf --rounds 5
    python bench/run.py --show bench/results/NAME.json            the tables of an earlier run

Missing parts are installed under $BENCH_HOME (default: a folder in the temporary folder), nothing of it in the repository. Results
are written to bench/results: NAME.json with every cell, NAME.md with the tables, NAME.png with a picture.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from cells import Pace, measure
from contestants import Contestant, list_contestants
from install import HERE, Missing, check_machine, install
from machine import describe, serve_mongo
from picture import draw
from report import write_report
from results import Results, count_faults
from scenarios import SCENARIOS, Scenario

RESULTS = HERE / "results"
Job = tuple[int, Scenario, int, Contestant]  # round, scenario, people, contestant


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 well, 1 when a bot failed or ours violated a check, 2 when the machine lacks something."""
    options = _parse(arguments)
    if options.show:
        shown = json.loads(options.show.read_text())
        print(write_report(Results(shown["cells"]), shown["machine"]))
        return 0
    try:
        check_machine()
        install()
    except Missing as error:
        print(error, file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"The peers can't be installed: {error}", file=sys.stderr)
        return 2
    return 0 if options.setup else _run(options)


def _run(options: argparse.Namespace) -> int:
    jobs = list(_list_jobs(options))
    pace = Pace(options.seconds, options.warmup, options.patience, options.accept, options.retries)
    RESULTS.mkdir(exist_ok=True)
    stem = RESULTS / datetime.now().strftime("%Y-%m-%d-%H%M%S")
    machine, cells, failed, begun = describe(), [], 0, time.monotonic()
    with ExitStack() as stack:
        needs_mongo = any(one.on_mongo for *_, one in jobs)
        mongo = stack.enter_context(serve_mongo(core=1)) if needs_mongo else ""
        for done, (number, scenario, people, one) in enumerate(jobs, 1):
            cell = measure(one, scenario, people, pace, mongo)
            if cell is None:
                failed += 1
                continue
            cells.append(cell | {"round": number})
            stem.with_suffix(".json").write_text(json.dumps({"machine": machine, "cells": cells}, indent=1))
            left = (time.monotonic() - begun) / done * (len(jobs) - done)
            print(f"{done}/{len(jobs)} {_describe(cells[-1])}  {left / 60:.0f} min left", file=sys.stderr, flush=True)
    results = Results(cells)
    report = write_report(results, machine)
    stem.with_suffix(".md").write_text(report + "\n")
    draw(results, stem.with_suffix(".png"))
    print(f"\n{report}\n\nWritten to {stem}.json, .md and .png")
    return 1 if failed or count_faults(cells, "waymark") else 0


def _list_jobs(options: argparse.Namespace) -> Iterator[Job]:
    """Rounds outside, contestants inside: what disturbs the machine for a while disturbs all of them."""
    contestants = [one for one in list_contestants(options.checkout) if not options.bots or one.name in options.bots]
    for number in range(options.rounds):
        for name in options.scenarios:
            scenario = SCENARIOS[name]
            for people in options.people or (scenario.quick if options.quick else scenario.people):
                for one in contestants:
                    if not (one.on_mongo and scenario.without_mongo):
                        yield number, scenario, people, one


def _describe(cell: dict[str, Any]) -> str:
    load = f"round {cell['round'] + 1}  {cell['scenario']} {cell['people']} {cell['name']}"
    figures = f"{cell['steps_s']:>9} steps/s  p99 {cell['p99']} ms  {cell['cpu_ms_step']} CPU ms/step"
    return f"{load:<42}{figures}  {cell['violations']} violations"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [one.name for one in list_contestants(HERE.parent)]
    parser.add_argument("--quick", action="store_true", help="2 s cells, 50 people, one round")
    parser.add_argument("--scenarios", type=_choose(list(SCENARIOS)), default=list(SCENARIOS), help=", ".join(SCENARIOS))
    parser.add_argument("--bots", type=_choose(names), default=None, help=", ".join(names))
    parser.add_argument(
        "--people", type=lambda words: [int(word) for word in words.split(",")], help="instead of each scenario's own"
    )
    parser.add_argument("--rounds", type=int, help="default 3")
    parser.add_argument("--seconds", type=float, help="that are measured of each cell; default 4")
    parser.add_argument("--warmup", type=float, default=1.5, help="seconds before them")
    parser.add_argument("--patience", type=float, default=8.0, help="seconds to wait for a quiet machine before each cell")
    parser.add_argument("--accept", type=float, default=0.15, help="cores that others may use before a cell is repeated")
    parser.add_argument("--retries", type=int, help="how often; default 1")
    parser.add_argument("--checkout", type=Path, default=HERE.parent, help="measure the bot.py of another checkout")
    parser.add_argument("--setup", action="store_true", help="only install the peers")
    parser.add_argument("--show", type=Path, metavar="FILE", help="the tables of an earlier run's JSON")
    options = parser.parse_args(arguments)
    for name, quick, full in (("rounds", 1, 3), ("seconds", 2.0, 4.0), ("retries", 0, 1)):
        if getattr(options, name) is None:
            setattr(options, name, quick if options.quick else full)
    options.checkout = options.checkout.resolve()
    return options


def _choose(known: Sequence[str]) -> Any:
    """A parser of names with commas between them."""

    def read(words: str) -> list[str]:
        chosen = words.split(",")
        if unknown := [word for word in chosen if word not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(known)}")
        return chosen

    return read


if __name__ == "__main__":
    sys.exit(main())
