"""The folders of programmes, and what was found in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from authoring.findings import ERROR, Finding, did_you_mean, listed, shown_path
from flow.programme import Programme

HEAD = "programme.yaml"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The programmes without errors by name, and every finding in the order of files and lines."""

    programmes: dict[str, Programme]
    findings: list[Finding]

    @property
    def errors(self) -> list[Finding]:
        """The findings that must be mended before anything is served."""
        return [finding for finding in self.findings if finding.level == ERROR]


def find_folders(folder: Path, names: Sequence[str] = ()) -> tuple[list[Path], list[Finding]]:
    """The programme folders to read, all or those of `names`; a missing folder, a wrong name, no programme at all are findings."""
    shown = shown_path(folder)
    if not folder.is_dir():
        return [], [Finding(shown, 1, 1, ERROR, "there is no such folder; PROGRAMMES names the folder that holds the programmes")]
    try:
        there = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
    except OSError as error:
        return [], [Finding(shown, 1, 1, ERROR, f"the folder can't be read: {error.strerror}")]
    known = [path.name for path in there]
    findings = [_unknown(folder, name, known) for name in names if name not in known]
    chosen = [path for path in there if path.name in names] if names else there
    if not there and not names:
        findings.append(Finding(shown, 1, 1, ERROR, f"no programme is here: a programme is a folder with a {HEAD}"))
    return [path for path in chosen if not _refuse_link(path, folder, findings)], findings


def _unknown(folder: Path, name: str, known: list[str]) -> Finding:
    near = did_you_mean(name, known) or (f" (there are {listed(known)})" if known else "")
    return Finding(shown_path(folder / name), 1, 1, ERROR, f"there is no programme “{name}”{near}")


def _refuse_link(path: Path, folder: Path, findings: list[Finding]) -> bool:
    if path.resolve().is_relative_to(folder.resolve()):
        return False
    findings.append(Finding(shown_path(path), 1, 1, ERROR, "this is a link out of the folder of programmes"))
    return True
