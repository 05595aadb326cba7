"""One cell of the table: one contestant under one load, in a process of its own with an empty database."""

import json
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contestants import Contestant, make_environ
from install import HERE, HOME
from machine import make_certificate, wait_until_quiet
from pymongo import MongoClient
from scenarios import Scenario

SLOW_FACTOR = 2  # longer windows for those that are slow with many people
SERVER_LIMIT = 0.8  # share of its core from which on the load server may be what limits
FULL = 0.9  # share of a core that counts as all of it
FAIR_SHARE = 0.45  # of its core: a bot that gets less does not want more, even beside another program
CLOSED = ("closed", "tls")  # scenarios that go as fast as they can
CPU_FIGURES = ("cpu_ms_step", "main_ms_step", "kernel_ms_step")
ENOUGH = 100  # steps in a cell; with fewer, the CPU of a step is mostly that of doing nothing


@dataclass(frozen=True)
class Pace:
    """Of one run. `seconds` and `warmup` are of one cell; `patience` seconds are waited for a quiet machine; a cell in which
    other programs took more than `accept` cores is measured once more."""

    seconds: float
    warmup: float
    patience: float
    accept: float
    retries: int


def measure(one: Contestant, scenario: Scenario, people: int, pace: Pace, mongo_uri: str) -> dict[str, Any] | None:
    """The load server's figures, the better of two tries on a busy machine; None when the bot failed."""
    best: dict[str, Any] | None = None
    for _ in range(1 + pace.retries):
        wait_until_quiet(pace.patience)
        cell = _run(one, scenario, people, pace, mongo_uri)
        if cell is None:
            return None
        if best is None or cell["others"] < best["others"]:
            best = cell
        if best["others"] <= pace.accept:
            break
    return best


def _run(one: Contestant, scenario: Scenario, people: int, pace: Pace, mongo_uri: str) -> dict[str, Any] | None:
    (HOME / "data").mkdir(exist_ok=True)
    database = f"waymark_bench_{uuid.uuid4().hex[:12]}"
    with tempfile.TemporaryDirectory(dir=HOME / "data") as folder:
        environ = dict(scenario.environ)
        if scenario.over_tls:
            certificate = str(make_certificate())
            environ |= {"SSL_CERT_FILE": certificate, "NODE_EXTRA_CA_CERTS": certificate}
        try:
            ran = subprocess.run(
                _make_command(one, scenario, people, pace),
                cwd=folder,
                env=make_environ(one, Path(folder), mongo_uri, database, **environ),
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            if one.on_mongo:
                with MongoClient(mongo_uri) as client:
                    client.drop_database(database)
    cell = json.loads((ran.stdout.strip().splitlines() or ["{}"])[-1])
    if "steps_s" not in cell:
        print(f"{one.name} with {people} people failed: {ran.stdout[-500:]}{ran.stderr[-2000:]}", file=sys.stderr)
        return None
    return _complete(cell, one, scenario)


def _make_command(one: Contestant, scenario: Scenario, people: int, pace: Pace) -> list[str]:
    longer = SLOW_FACTOR if one.slow and people >= 50 else 1
    warmup = pace.warmup * longer * (2 if one.slow and people >= 500 else 1)
    options = {
        "name": one.name,
        "bot": " ".join(one.command),
        "people": str(people),
        "seconds": str(pace.seconds * longer),
        "warmup": str(warmup),
        **scenario.options,
        **(one.burst_options if scenario.name == "burst" else one.options),
    }
    if scenario.over_tls:
        options["tls"] = str(make_certificate())
    words = [word for key, value in options.items() for word in (f"--{key}", value)]
    return ["taskset", "-c", "1", "node", str(HERE / "server" / "main.mjs"), *words]


def _complete(cell: dict[str, Any], one: Contestant, scenario: Scenario) -> dict[str, Any]:
    """Adds what follows from the figures. `others`: cores that programs beside the bench took (a MongoDB server is a part of it);
    `limit`: "server", "database" or "others" (programs on the load server's core) where the bot could have done more steps a
    second, else ""."""
    beside = 0.0 if one.on_mongo else cell["other_server_core"]
    server_core = cell["server_cpu"] + cell["other_server_core"]
    limit = ""
    if cell["server_cpu"] >= SERVER_LIMIT:
        limit = "server"
    elif scenario.name in CLOSED and cell["bot_cpu"] < FAIR_SHARE and (one.on_mongo or server_core >= FULL):
        limit = "database" if one.on_mongo else "others"
    if cell["steps"] < ENOUGH:
        cell |= dict.fromkeys(CPU_FIGURES)
    return cell | {"scenario": scenario.name, "others": round(cell["other_bot_core"] + beside, 3), "limit": limit}
