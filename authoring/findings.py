"""The check's findings: one a line, with its place, as editors and terminals understand it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something an author should mend (`error`: nothing is served) or look at (`warning`). Lines and columns count from 1."""

    path: str
    line: int
    column: int
    level: str
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.level}: {self.words}"


def shown_path(path: Path) -> str:
    """The path as a person at the shell would type it: relative to the current directory where it lies inside."""
    absolute = path.absolute()
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean x?` with the nearest known word, else ''."""
    return _nearest(word[:100], tuple(known))


@lru_cache(maxsize=1024)  # a step renamed is wrong wherever it was named, and the search takes milliseconds among thousands
def _nearest(word: str, names: tuple[str, ...]) -> str:
    import difflib  # here, because a start without findings does without it

    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if not close:
        folded = {name.lower(): name for name in names}
        close = [folded[near] for near in difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.6)]
    return f"; did you mean {close[0]}?" if close else ""


def listed(words: Iterable[str], most: int = 8) -> str:
    """A short list of words for the end of a finding: at most `most` of them."""
    names = list(words)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
