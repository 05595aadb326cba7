"""This machine: how busy it is, what it is, a certificate for loopback, a MongoDB server for the time of a run."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from install import HERE, HOME

QUIET = 0.12  # of all cores in use by others: less is called quiet


def wait_until_quiet(patience: float) -> None:
    """Other programs distort what is measured; after `patience` seconds it is measured all the same, and the table tells."""
    end = time.monotonic() + patience
    while time.monotonic() < end and read_busy(0.4) > QUIET:
        time.sleep(0.6)


def read_busy(seconds: float) -> float:
    """The share of all cores that is in use."""
    before = _read_ticks()
    time.sleep(seconds)
    after = _read_ticks()
    return 1 - (after[1] - before[1]) / max(1, after[0] - before[0])


def _read_ticks() -> tuple[int, int]:
    """(all, idle) since the machine's start."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().partition("\n")[0].split()[1:]]
    return sum(ticks), ticks[3] + ticks[4]


def describe() -> dict[str, str]:
    """The facts that a reader of the figures has to know."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": models[0].partition(":")[2].strip() if models else platform.machine(),
        "cores": str(os.cpu_count()),
        "python": sys.version.replace("\n", ""),  # with its build: one that was not made for speed takes a third more CPU
        "node": node,
        "disk": _read_file_system(HOME),
    }


def _read_file_system(path: Path) -> str:
    """Its kind: on a tmpfs a durable commit costs nothing, which would be no fair figure."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    fitting = [(len(place), kind) for place, kind in mounts if path.is_relative_to(place)]
    return max(fitting)[1]


def make_certificate() -> Path:
    """A PEM file with key and certificate for 127.0.0.1. Raises FileNotFoundError where there is no openssl."""
    pem, key, certificate = HOME / "loopback.pem", HOME / "key.pem", HOME / "certificate.pem"
    if not pem.exists():
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"]
        names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        files = ["-keyout", str(key), "-out", str(certificate)]
        subprocess.run(["openssl", "req", "-x509", *curve, *names, *files], check=True, capture_output=True)
        pem.write_text(key.read_text() + certificate.read_text())
    return pem


@contextmanager
def serve_mongo(core: int) -> Iterator[str]:
    """The address of a MongoDB: that of MONGO_TEST_URI, or of a pretend one in memory, beside the load server."""
    if uri := os.environ.get("MONGO_TEST_URI"):
        yield uri
        return
    command = ["taskset", "-c", str(core), sys.executable, str(HERE / "pretend_mongo.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin and server.stdout, "both are pipes"
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
