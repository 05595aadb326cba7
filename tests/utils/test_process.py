"""What the process takes of the machine."""

import os
import threading
from pathlib import Path

from utils.process import read_process


def test_the_numbers_are_those_of_this_process():
    """Memory in bytes, threads and descriptors counted, time since the start in seconds."""
    stats = read_process()
    assert stats.cpu_percent >= 0.0
    assert 10**6 < stats.rss_bytes < 10**11
    assert stats.threads >= threading.active_count()
    assert 0 <= stats.uptime < 86_400


def test_an_open_file_is_counted():
    """Descriptors of whatever kind."""
    before = read_process().open_files
    with Path(os.devnull).open():
        assert read_process().open_files == before + 1
    assert read_process().open_files == before
