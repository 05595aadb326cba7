"""The host's knowledge of a person when the engine is asked, and the engine's answer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from types import MappingProxyType
from typing import Any, NamedTuple

from flow.state.effects import Answers, Effect
from flow.state.run import Run

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Context(NamedTuple):
    """`day` counts the programme's days from 1, `streak` days in a row. `earlier` are the answers of earlier runs of this programme
    (flow -> step -> value, each flow's newest finished walk as a whole). `history` are the finished walks of earlier runs: flow ->
    walks, oldest first, each step -> value. `asked` is what the host knows of the open question, kept with its answer."""

    first_name: str = ""
    language: str = ""
    day: int = 0
    streak: int = 0
    zone: tzinfo = UTC
    earlier: Answers = _NOTHING
    asked: Mapping[str, Any] = _NOTHING
    history: Mapping[str, Sequence[Mapping[str, Any]]] = _NOTHING


class Turn(NamedTuple):
    """The run as it is now and what is to be said, in order. `faults` are the operator's: expressions that failed, each
    `flow.step: words`, without anything that a person typed."""

    run: Run
    effects: tuple[Effect, ...]
    faults: tuple[str, ...] = ()
