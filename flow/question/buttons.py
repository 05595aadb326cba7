"""Rows of buttons: how many fit beside one another, and the few words that the engine itself puts on them."""

from collections.abc import Sequence

from flow.state.effects import Button, Rows

TICK = "✓ "
MEANT = "n"  # a button's value: this number was meant
OK, SKIP, DONE, OTHER, DEFAULT = "ok", "skip", "done", "other", "default"
WORDS = {OK: "OK", SKIP: "Skip", DONE: "Done", OTHER: "Other"}  # a host may show its own words for these values
LONGEST_LABEL = 100  # characters; more can't be read on a button

_ROOM = 24  # characters that a row holds on a small telephone, about
_WIDEST = 8


def lay_out(buttons: Sequence[Button], appearance: str, numbers: bool = False) -> Rows:
    """The buttons in rows of one length: as many as `appearance` says (columns-N, likert), else as many as can be read.

    A select stands in one column unless all its words fit in one row; numbers are at most 8 a row.
    """
    if not buttons:
        return ()
    columns = _columns(buttons, appearance, numbers)
    rows = -(-len(buttons) // columns)
    if "columns-" not in appearance:
        columns = -(-len(buttons) // rows)  # 10 numbers are 5 and 5 rather than 8 and 2
    return tuple(tuple(buttons[at : at + columns]) for at in range(0, len(buttons), columns))


def _columns(buttons: Sequence[Button], appearance: str, numbers: bool) -> int:
    for word in appearance.split():
        if word.startswith("columns-"):
            return int(word.removeprefix("columns-"))
        if word == "likert":
            return min(len(buttons), _WIDEST)
    if numbers:
        return min(len(buttons), _WIDEST)
    widths = [len(button.label.removeprefix(TICK)) + 2 for button in buttons]  # ticks may come and go: the rows stay
    fits = len(buttons) <= 4 and sum(widths) <= _ROOM
    return len(buttons) if fits else 1


def make_button(label: str, value: str) -> Button:
    """A button whose label is never empty and never endless."""
    words = label.strip() or "…"
    return Button(words if len(words) <= LONGEST_LABEL else words[: LONGEST_LABEL - 1] + "…", value)


def find_pressed(rows: Rows, text: str) -> str | None:
    """The value of the button that shows this text, whatever its case and ticks."""
    words = fold(text)
    for row in rows:
        for button in row:
            if fold(button.label) == words:
                return button.value
    return None


def fold(text: str) -> str:
    """A label or a typed text as it is compared."""
    return text.strip().removeprefix(TICK).strip().casefold()
