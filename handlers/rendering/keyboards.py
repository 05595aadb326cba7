"""Buttons and their callback data, both ways (pure). Callback data is at most 64 bytes and comes back untrusted.

q:3.12:0                run 3, question 12, button value 0        f:calm/day-1            begin a flow
o:continue:3            the open run goes on                      p:calm                  this programme
c:yes:calm              consent                                   x:yes                   delete everything
m:                      the menu                          z:3                     no reminders for three days
t:o:120                 clocks two hours east of UTC      t:z:Asia/Jerusalem      this zone
"""

import hashlib
from functools import lru_cache
from typing import Any, NamedTuple

from flow.state.effects import Rows

REMEMBERED = 4096  # tokens and presses: people share them, since their runs and questions are numbered alike
MAX_DATA = 64  # bytes, https://core.telegram.org/bots/api#inlinekeyboardbutton

Markup = dict[str, Any]


class Pressed(NamedTuple):
    """A press as read: the verb letter and its words."""

    verb: str
    words: tuple[str, ...]


@lru_cache(REMEMBERED)
def question_key(run: int, question_number: int) -> str:
    """The name of a question: run number and question number, unique for one person."""
    return f"{run}.{question_number}"


def question_keyboard(run: int, question_number: int, rows: Rows) -> Markup:
    """The inline keyboard of a question."""
    prefix = f"q:{run}.{question_number}:"
    return {"inline_keyboard": [[{"text": b.label, "callback_data": prefix + b.value} for b in row] for row in rows]}


def reply_keyboard(rows: Rows) -> Markup:
    """The same as a reply keyboard (`appearance: reply`): a press sends the label as text."""
    return {
        "keyboard": [[{"text": b.label} for b in row] for row in rows],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }


def column(*buttons: tuple[str, str]) -> Markup:
    """One button a row: (label, callback data)."""
    return {"inline_keyboard": [[{"text": label, "callback_data": data}] for label, data in buttons]}


def row(*buttons: tuple[str, str]) -> Markup:
    """All buttons in one row."""
    return {"inline_keyboard": [[{"text": label, "callback_data": data} for label, data in buttons]]}


def flow_data(programme: str, flow: str) -> str:
    """Callback data that begins a flow; names that are too long are replaced by a digest."""
    return fitting("f:", f"{programme}/{flow}")


def fitting(prefix: str, name: str) -> str:
    """prefix + name, or prefix + '#' + digest when that would be longer than Telegram allows."""
    data = prefix + name
    return data if len(data.encode()) <= MAX_DATA else f"{prefix}#{digest(name)}"


def digest(name: str) -> str:
    """A short stand-in for a long name."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def names(word: str, candidate: str) -> bool:
    """Whether a word that came back in a press stands for that candidate."""
    return word == candidate or word == f"#{digest(candidate)}"


@lru_cache(REMEMBERED)
def read_press(data: str) -> Pressed | None:
    """None for anything that this bot did not write."""
    verb, colon, rest = data.partition(":")
    if not colon or verb not in {"q", "f", "o", "p", "c", "x", "m", "z", "t"} or len(data.encode()) > MAX_DATA:
        return None
    return Pressed(verb, tuple(rest.split(":")) if verb != "f" else (rest,))


@lru_cache(REMEMBERED)
def read_question(words: tuple[str, ...]) -> tuple[int, int, str] | None:
    """(run, question number, value) of a question's button, or None."""
    if len(words) != 2:
        return None
    run, _, question_number = words[0].partition(".")
    if not (run.isascii() and run.isdigit() and question_number.isascii() and question_number.isdigit()) or len(words[0]) > 24:
        return None
    return int(run), int(question_number), words[1]
