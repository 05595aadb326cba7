"""`python bot.py check`: one line a finding, and the exit status."""

from collections.abc import Sequence
from pathlib import Path

from authoring.findings import ERROR
from authoring.load import load_programmes


def check_command(folder: Path, names: Sequence[str] = ()) -> tuple[list[str], int]:
    """The lines to print for the programmes below `folder` (all, or those of `names`); 0 without errors, 1 with."""
    findings = load_programmes(folder, names).findings
    return [str(finding) for finding in findings], int(any(finding.level == ERROR for finding in findings))
