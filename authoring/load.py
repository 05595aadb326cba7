"""Programmes from a folder of folders: all that is wrong is told at once, and only what has no error is served."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from authoring.check_expressions import check_expressions
from authoring.check_head import check_head
from authoring.check_jumps import check_jumps
from authoring.check_media import check_media
from authoring.check_steps import check_marks, check_steps
from authoring.check_times import check_times, check_waits
from authoring.findings import ERROR, Finding, did_you_mean, listed, shown_path
from authoring.outline import HEAD, Outline, read_outline
from authoring.schema import tell_errors
from flow.expressions import ExpressionError
from flow.programme import Programme


@dataclass(frozen=True, slots=True)
class Loaded:
    """The programmes without errors by name, and every finding in the order of files and lines."""

    programmes: dict[str, Programme]
    findings: list[Finding]

    @property
    def errors(self) -> list[Finding]:
        """The findings that must be mended before anything is served."""
        return [finding for finding in self.findings if finding.level == ERROR]


def load_programmes(folder: Path, names: Sequence[str] = (), compiled: bool = True) -> Loaded:
    """Read and check the programmes below `folder`, all or those of `names`; never raises for what is in the files.

    `compiled` is that of `Programme.load`: the checks find the same without it.
    """
    folders, findings = _find_folders(folder, names)
    programmes: dict[str, Programme] = {}
    for place in folders:
        programme, found = load_programme(place, compiled)
        findings += found
        if programme is not None:
            programmes[place.name] = programme
    return Loaded(programmes, findings)


def load_programme(folder: Path, compiled: bool = True) -> tuple[Programme | None, list[Finding]]:
    """One programme's folder: the programme (None when something is wrong) and its findings by file and line."""
    try:
        outline = read_outline(folder)
    except OSError as error:
        return None, [Finding(shown_path(folder), 1, 1, ERROR, f"the folder can't be read: {error.strerror}")]
    check_outline(outline)
    programme = _build(outline, compiled)
    findings = sorted({finding for file in outline.files() for finding in file.findings})
    broken = any(finding.level == ERROR for finding in findings)
    return (None if broken else programme), findings


def check_outline(outline: Outline) -> None:
    """Every check beyond the models' own; the findings go to the outline's files."""
    check_head(outline)
    check_times(outline)
    verdicts: dict[tuple[str, str], str | None] = {}
    for file in outline.files():
        check_marks(file)
    for flow in outline.flows.values():
        check_steps(flow)
        check_waits(flow)
        check_jumps(outline, flow)
        check_expressions(outline, flow)
        check_media(outline.folder, flow, verdicts)


def _build(outline: Outline, compiled: bool) -> Programme | None:
    try:
        return Programme.load(outline.source(), compiled)
    except ValidationError as error:
        tell_errors(outline, error)
    except (ExpressionError, ArithmeticError) as error:  # told already with its place, if the checks look where the engine does
        if not any(finding.level == ERROR for file in outline.files() for finding in file.findings):
            outline.head.add((1, 1), f"this programme can't be made ready: {error}")
    return None


def _find_folders(folder: Path, names: Sequence[str]) -> tuple[list[Path], list[Finding]]:
    """The programme folders to read; a missing folder, a wrong name, no programme at all are findings."""
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
