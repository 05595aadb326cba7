"""The inputs: everything a person, or time, can do to an open run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Typed words, exactly as typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button of that question; `value` is the `Button.value` that the engine gave out, and untrusted."""

    question_number: int
    value: str


@dataclass(frozen=True, slots=True)
class Edited:
    """New words for the message that gave the latest answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Other:
    """Something no open step of this version takes: a sticker, a voice message, a place. `kind` is Telegram's field name."""

    kind: str


@dataclass(frozen=True, slots=True)
class Back:
    """The previous question again; its answer will be replaced."""


@dataclass(frozen=True, slots=True)
class Show:
    """The open question once more, as it stands (Continue, a return after blocking)."""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The time that question `question_number` was to wait is over (a timer that ran out)."""

    question_number: int


@dataclass(frozen=True, slots=True)
class Leave:
    """The run ends here, its answers kept; `status` is `left` (the person went) or `expired`."""

    status: str = "left"


Input = Text | Press | Edited | Other | Back | Show | Elapsed | Leave
