"""Installs the peers outside of the repository: a venv and a folder with node_modules under $BENCH_HOME."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("BENCH_HOME") or Path(tempfile.gettempdir()) / "waymark-bench").resolve()
PYTHON = HOME / "venv" / "bin" / "python"
NODE = HOME / "node"

PIP = {"python-telegram-bot": "22.8", "aiogram": "3.31.0", "motor": "3.7.1", "certifi": ""}  # name -> version, "" for any
NPM = {
    "grammy": "1.46",
    "@grammyjs/runner": "2",
    "@grammyjs/storage-mongodb": "2.6",
    "mongodb": "6.22",
    "telegraf": "4.16",
}
LIST = "import importlib.metadata as m, json; print(json.dumps({d.name.lower(): d.version for d in m.distributions()}))"


class Missing(Exception):
    """Something that this machine has to have first; the words say what."""


def check_machine() -> None:
    """Raises Missing."""
    if not Path("/proc/self/stat").exists() or not shutil.which("taskset"):
        raise Missing("The bench needs Linux with taskset (util-linux): it pins the bot and the load server to a core each.")
    if len(os.sched_getaffinity(0)) < 2:
        raise Missing("The bench needs two cores: one for the bot, one for the load server.")
    if not shutil.which("node"):
        raise Missing(
            "The bench needs Node.js 18 or newer: its load server and two of the peers run on it.\n"
            "Install it (Debian: apt-get install nodejs npm; others: https://nodejs.org) and run `make bench` again."
        )
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < 18:
        raise Missing(f"The bench needs Node.js 18 or newer; this is {version}.")


def install() -> None:
    """The packages that are not there yet. Raises Missing, subprocess.CalledProcessError."""
    if not PYTHON.exists():
        print(f"making {HOME / 'venv'}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", HOME / "venv"], check=True)
    if wanted := missing_in_python():
        print("pip install", *wanted, flush=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], check=True)
    NODE.mkdir(exist_ok=True)
    if wanted := missing_in_node():
        if not shutil.which("npm"):
            raise Missing("The peers grammY and Telegraf are installed with npm, which is missing (Debian: apt-get install npm).")
        print("npm install", *wanted, flush=True)
        if not (NODE / "package.json").exists():
            (NODE / "package.json").write_text('{"name": "waymark-bench", "private": true}\n')
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *wanted], cwd=NODE, check=True)
    shutil.copytree(HERE / "bots", NODE / "bots", dirs_exist_ok=True)  # Node looks for modules beside the file


def missing_in_python() -> list[str]:
    """Requirements that the venv does not have in this version."""
    found = json.loads(subprocess.run([PYTHON, "-c", LIST], capture_output=True, text=True, check=True).stdout)
    return [f"{name}=={version}" if version else name for name, version in PIP.items() if not is_met(found.get(name), version)]


def missing_in_node() -> list[str]:
    """The same for node_modules."""
    return [f"{name}@{version}" for name, version in NPM.items() if not is_met(read_node_version(name), version)]


def read_node_version(name: str) -> str | None:
    """The version of an installed package, None for one that is not there."""
    file = NODE / "node_modules" / name / "package.json"
    return str(json.loads(file.read_text())["version"]) if file.exists() else None


def is_met(found: str | None, wanted: str) -> bool:
    """Whether a version begins with the wanted numbers."""
    return found is not None and (not wanted or f"{found}.".startswith(f"{wanted}."))
