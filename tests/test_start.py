"""What a start does not wait for: counted, because seconds are those of the machine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LATER = ("PIL", "aiohttp", "babel", "difflib", "motor", "psutil", "pymongo", "regex", "telegramify_markdown", "yaml")
MOST_MODULES = 800  # 775 when this was written: 157 of our own, the rest python-telegram-bot's, pydantic's and Python's


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that `python bot.py` has imported when it begins."""
    program = "import bot, sys; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


def test_programmes_that_have_not_changed_are_not_read(tmp_path: Path) -> None:
    """A second start loads neither the parser nor a single check."""
    program = f"""
import sys
from pathlib import Path
from authoring.programme_cache import load_unchanged
load_unchanged(Path("programmes"), Path({str(tmp_path)!r}) / "kept.json")
print(*(name for name in sys.modules if name == "yaml" or name.startswith("authoring.check")))
"""
    first, second = (
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    )
    assert {"yaml", "authoring.check_expressions"} <= set(first)
    assert second == []


@pytest.mark.parametrize("library", LATER)
def test_a_start_does_not_wait_for(loaded: set[str], library: str) -> None:
    """Each costs 5 to 50 ms and is needed later, by few, or while updates are taken already: import it where it is used."""
    assert library not in loaded


def test_a_start_imports_no_more_than_it_did(loaded: set[str]) -> None:
    """A package that is imported at the top of a file is paid for at every start."""
    assert len(loaded) <= MOST_MODULES


def test_a_start_loads_nothing_of_the_simulator_or_of_the_trials(tmp_path: Path) -> None:
    """`python bot.py` as it is run: everything that was imported when the service would begin to serve."""
    program = f"""
import runpy, sys
sys.path.insert(0, {str(ROOT)!r})
sys.argv = ["bot.py"]
import uvloop
def stop(serving):
    serving.close()
    print("served", *sys.modules)
uvloop.run = stop
try:
    runpy.run_path({str(ROOT / "bot.py")!r}, run_name="__main__")
except SystemExit as end:
    print(end.code)
"""
    settings = {"BOT_TOKEN": "1234567:a_token_for_a_start_that_never_serves", "DATA_DIR": str(tmp_path)}
    environ = {**os.environ, **settings, "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}", "PROGRAMMES": str(ROOT / "programmes")}
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
    ).stdout
    begun, *modules, status = shown.split()
    assert (begun, status) == ("served", "0") and "handlers.service" in modules
    assert [name for name in modules if name.partition(".")[0] in {"simulator", "trials"}] == []


def test_run_takes_no_option_of_a_trial() -> None:
    said = subprocess.run([sys.executable, "bot.py", "run", "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"--[\w-]+", said)) == {"--help"}


def test_the_collector_is_back_after_the_imports() -> None:
    """It is off while the command line's own imports run, and only then."""
    program = "import runpy, sys, gc\nsys.argv = ['bot.py', '--help']\ntry: runpy.run_path('bot.py', run_name='__main__')\n"
    program += "except SystemExit: print(gc.isenabled(), gc.get_freeze_count() > 0)"
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "True True"
