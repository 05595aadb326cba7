"""Outcomes of a press or of typed words."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from flow.state.effects import Complain, Refused


class Taken(NamedTuple):
    """The answer, and the labels that were chosen for it (none when it was typed)."""

    value: Any
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticked:
    """The names that are chosen now; the question stays open."""

    ticks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The next typed words are the answer."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Typed words that can be read as several numbers: which one is meant?"""

    numbers: tuple[int | float, ...]


Outcome = Taken | Unclear | Ticked | OwnWords | Complain | Refused
