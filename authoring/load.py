"""Programmes from a folder of folders: all that is wrong is told at once, and only what has no error is served."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from authoring.check_expressions import check_expressions
from authoring.check_head import check_head
from authoring.check_jumps import check_jumps
from authoring.check_media import check_media
from authoring.check_steps import check_marks, check_steps
from authoring.check_texts import check_texts
from authoring.check_times import check_times, check_waits
from authoring.findings import ERROR, Finding, shown_path
from authoring.folders import Loaded, find_folders
from authoring.outline import Outline, read_outline
from authoring.schema import tell_errors
from flow.expressions.expression import ExpressionError
from flow.programme import Programme


def load_programmes(folder: Path, names: Sequence[str] = (), compiled: bool = True) -> Loaded:
    """Read and check the programmes below `folder`, all or those of `names`; never raises for what is in the files.

    `compiled` is that of `Programme.load`: the checks find the same without it.
    """
    folders, findings = find_folders(folder, names)
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
        check_texts(flow)
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
