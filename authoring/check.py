"""`python bot.py check`: one line a finding, and the exit status."""

from collections.abc import Sequence
from pathlib import Path

from authoring.findings import ERROR
from authoring.load import load_programmes


def check_command(folder: Path, names: Sequence[str] = ()) -> tuple[list[str], int]:
    """The lines to print for the programmes below `folder` (all, or those of `names`); 0 without errors, 1 with."""
    findings = load_programmes(folder, [_name_of(folder, word) for word in names]).findings
    return [str(finding) for finding in findings], int(any(finding.level == ERROR for finding in findings))


def _name_of(folder: Path, word: str) -> str:
    """A programme's name, also from its path as a shell completes it (`programmes/calm/`)."""
    path = Path(word).resolve()
    return path.name if path.is_dir() and path.parent == folder.resolve() else word
