"""The collector's and the threads' settings, in an interpreter of their own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_served_process_freezes_what_is_loaded_and_collects_less_often() -> None:
    program = """
import gc, sys
from utils.gc import SWITCH_SECONDS, THRESHOLDS, settle_collector, switch_threads_sooner
gc.disable()
settle_collector()
switch_threads_sooner()
print(gc.isenabled(), gc.get_freeze_count() > 1000)
print(gc.get_threshold()[:2] == THRESHOLDS[:2], sys.getswitchinterval() == SWITCH_SECONDS)
"""
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True"] * 4
