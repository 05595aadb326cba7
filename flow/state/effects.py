"""The effects that may go out: the engine's whole vocabulary. It sends nothing itself; the host turns these into messages and
writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MARK = "\ue000"  # stands in a Rich's source where a value goes (private use: no author types it, the loader refuses it)


class Rich(NamedTuple):
    """An author's Markdown with every `${…}` replaced by MARK, and the words that go there, in order, as plain text.

    The same source returns as the same object for every person, so a host can keep its own rendering by source.
    """

    source: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Media:
    """One picture, sound or document. `kind` is the step's field: image video audio voice animation file link.

    `source` is a path inside the programme's media folder or an http(s) address.
    """

    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class Button:
    """Its label and the short ASCII value (at most 24 bytes) that comes back in a Press."""

    label: str
    value: str


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Say:
    """A message that asks nothing (a note)."""

    text: Rich | None
    media: tuple[Media, ...] = ()


class Ask(NamedTuple):
    """A question, always a new message. `question_number` numbers it within the run; presses and waits name that number.

    `key` names the step as `flow.step`; `rows` are empty where words are typed; `reply` asks for a reply keyboard (`appearance:
    reply`) instead of an inline one; `seconds` is set for a timer. The host counts down in this message, from the moment it was
    sent, and gives `Elapsed(question_number)` when they are over.
    """

    question_number: int
    key: str
    text: Rich | None
    hint: Rich | None = None
    media: tuple[Media, ...] = ()
    rows: Rows = ()
    reply: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds of quiet before the next effect is shown."""

    seconds: float


class Settle(NamedTuple):
    """Question `question_number` is closed: its keyboard goes; `chosen` (labels as shown) stands under its text when not empty."""

    question_number: int
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retick:
    """The ticks of question `question_number` changed; its keyboard is edited in place."""

    question_number: int
    rows: Rows


@dataclass(frozen=True, slots=True)
class Complain:
    """The answer does not fit; the question stays open.

    `text` holds the author's own words (constraint_message, required_message) or is None: then the host says its sentence for
    `code`, filled from `values`. `rows` are buttons of the open question that go with it. Codes: integer, decimal, required,
    choice, range (start, end), step (start, end, step), long (limit), constraint. Of its bounds: between (start, end), at_least and
    more_than (start), at_most, less_than and shorter (end). words (text wanted, something else came), button (a button is wanted),
    other (own words are awaited now), which_number (first, second: a typed number can be read in two ways).
    """

    code: str
    text: Rich | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    rows: Rows = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The input changes nothing.

    `why`: stale (an old question's button), first (no question before this), closed (nothing open), edit, worn (changed too
    often).
    """

    why: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is over. `status`: done, left, expired, broken (the content made no sense; `detail` is for the operator)."""

    status: str
    detail: str = ""


Effect = Say | Ask | Pause | Settle | Retick | Complain | Refused | Ended
Answers = Mapping[str, Mapping[str, Any]]  # flow name -> step name -> value
