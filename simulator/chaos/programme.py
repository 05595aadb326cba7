"""The programme of a chaos run: every kind of question in turns, each naming its number, half of them typed; and fitting answers.

Every answer carries the number of the question that it is meant for, so that one which ends up at another question is seen.
"""

import random
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME, FLOW = "chaos", "walk"
TIMER = 1  # seconds
OWN_WORDS = 0.3  # of the people choose Other and type
SKIP = 0.5  # of the people do not wait for a timer
COLOURS = ("Amber", "Blue", "Cyan")
NOTE_EVERY = 5  # before each fifth question comes a note

_TYPED = 100_000  # times the number of the question is what numbers begin with that are typed; those pressed stay below
_NUMBERED = re.compile(r"c?(\d+)[-:]")


@dataclass(frozen=True, slots=True)
class Reply:
    """A person's plan for a question: press these labels one after the other, then type. `value`: as it is to be stored."""

    presses: tuple[str, ...]
    words: str
    value: Any


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question: its YAML and an answer to it. `is_editable`: a changed message replaces the answer."""

    yaml: str
    reply: Callable[[int, random.Random], Reply]
    is_editable: bool = False
    misfit: str = ""


def _text(number: int, rng: random.Random) -> Reply:
    words = f"{number}: {rng.choice(('calm', '<b>bold</b>', '*stars*', '${x}', 'سلام', '🙂🙃'))} {rng.randrange(10**6)}"
    return Reply((), words, words)


def _integer(number: int, rng: random.Random) -> Reply:
    value = number * _TYPED + rng.randrange(1000)
    return Reply((), str(value), value)


def _decimal(number: int, rng: random.Random) -> Reply:
    value = number * _TYPED + rng.randrange(1000) + 0.5
    return Reply((), str(value), value)


def _select_one(number: int, rng: random.Random) -> Reply:
    if rng.random() < OWN_WORDS:
        words = f"{number}: own {rng.randrange(10**6)}"
        return Reply(("Other",), words, words)
    colour = rng.choice(COLOURS)
    return Reply((f"{colour} {number}",), "", f"c{number}-{colour}")


def _select_multiple(number: int, rng: random.Random) -> Reply:
    chosen = [colour for colour in COLOURS if rng.random() < 0.5] or [COLOURS[0]]
    return Reply((*(f"{colour} {number}" for colour in chosen), "Done"), "", [f"c{number}-{colour}" for colour in chosen])


def _range(number: int, rng: random.Random) -> Reply:
    value = number * 10 + rng.randrange(5)
    return Reply((str(value),), "", value)


def _acknowledge(number: int, rng: random.Random) -> Reply:
    return Reply(("OK",), "", True)


def _reply_keyboard(number: int, rng: random.Random) -> Reply:
    colour = rng.choice(COLOURS)
    return Reply((), f"{colour} {number}", f"c{number}-{colour}")


def _timer(number: int, rng: random.Random) -> Reply:
    return Reply(("Skip",) if rng.random() < SKIP else (), "", None)


# In the YAML, @ stands for the question's number.
_CHOICES = "choices: [" + ", ".join(f'{{name: c@-{colour}, label: "{colour} @"}}' for colour in COLOURS) + "]"
KINDS = (
    Kind("type: text", _text, is_editable=True),
    Kind(f"type: select_one, or_other: true, {_CHOICES}", _select_one),
    Kind("type: integer", _integer, is_editable=True, misfit="what?"),
    Kind(f"type: select_multiple, {_CHOICES}", _select_multiple),
    Kind("type: decimal", _decimal, misfit="how?"),
    Kind("type: range, parameters: {start: @0, end: @4, step: 1}", _range),
    Kind("type: text, image: square.png", _text, is_editable=True),
    Kind("type: acknowledge", _acknowledge),
    Kind(f"type: select_one, appearance: reply, {_CHOICES}", _reply_keyboard, misfit="this?"),
    Kind(f"type: timer, seconds: {TIMER}", _timer),
)


def kind_of(number: int) -> Kind:
    """The kind of question `number`, which counts from 1."""
    return KINDS[(number - 1) % len(KINDS)]


def is_timer(number: int) -> bool:
    """A timer answers itself."""
    return kind_of(number).reply is _timer


def write_programme(folder: Path, steps: int) -> None:
    """The programme below `folder`."""
    place = folder / NAME
    (place / "media").mkdir(parents=True)
    (place / "media" / "square.png").write_bytes(_make_png(32))
    (place / "programme.yaml").write_text(f"programme: {NAME}\ntitle: Chaos\nmenu: [{FLOW}]\n", encoding="utf-8")
    lines = ["title: Walk", "steps:"]
    for number in range(1, steps + 1):
        if has_note(number):
            lines.append(f'  - {{type: note, name: n{number}, label: "{note_label(number)}", pause: 0s}}')
        body = kind_of(number).yaml.replace("@", str(number))
        lines.append(f'  - {{name: q{number}, label: "{question_label(number, steps)}", {body}}}')
    (place / f"{FLOW}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def has_note(number: int) -> bool:
    """Whether a note comes before this question."""
    return number % NOTE_EVERY == 0


def note_label(number: int) -> str:
    """The words before question `number`."""
    return f"Note before {number}."


def question_label(number: int, steps: int) -> str:
    """The words of question `number`."""
    return f"Question {number} of {steps}"


def read_number(value: Any) -> int | None:
    """The number of the question that a stored value was meant for, None where it carries none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, list):
        return read_number(value[0]) if value else None
    if isinstance(value, str):
        found = _NUMBERED.match(value)
        return int(found[1]) if found else None
    return int(value) // _TYPED if value >= _TYPED else int(value) // 10 if value >= 10 else None


def _make_png(side: int) -> bytes:
    """A white square of so many pixels a side."""
    rows = zlib.compress((b"\0" + b"\xff" * side) * side)
    parts = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    chunks = (struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
