"""What the process takes of the machine."""

import os
import threading
from pathlib import Path

import pytest

from utils.process import is_slow_build, read_process


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


@pytest.mark.parametrize(
    ("options", "is_slow"),
    [
        ("'--prefix=/home/me/.pyenv/versions/3.11.7' '--enable-shared'", True),  # pyenv, unless it is told
        ("", False),
        ("'--prefix=/home/me/.pyenv/versions/3.11.7' '--enable-optimizations' '--with-lto'", False),
        ("'--build=x86_64-linux-gnu' '--enable-loadable-sqlite-extensions' '--enable-optimizations'", False),  # Docker's images
        ("'--enable-shared' '--prefix=/usr' '--with-computed-gotos'", False),  # Debian
        ("'--with-pydebug'", True),  # into /usr/local
    ],
)
def test_a_python_that_was_not_built_for_speed_is_known_by_the_options_of_its_build(options, is_slow):
    assert is_slow_build(options) == is_slow
