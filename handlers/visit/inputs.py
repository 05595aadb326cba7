"""Arrival -> flow input, for the open run of its person (pure)."""

from flow.state.inputs import Edited, Elapsed, Input, Other, Press, Text
from flow.state.run import Run
from handlers.incoming.arrivals import Arrival
from handlers.rendering.keyboards import read_press, read_question

STALE = -1  # no question has this number


def make_input(arrival: Arrival, run: Run) -> Input:
    """The engine's input for an arrival. A press or wait of another run gets a question number that is never open."""
    if arrival.kind == "edited":
        return Edited(arrival.text)
    if arrival.kind == "press":
        number, question_number, value = pressed_question(arrival) or (STALE, STALE, "")
        return Press(question_number if number == run.number else STALE, value)
    if arrival.kind == "elapsed":
        number, question_number = elapsed_question(arrival)
        return Elapsed(question_number if number == run.number else STALE)
    return Text(arrival.text) if arrival.text or arrival.kind == "text" else Other(arrival.kind)


def pressed_question(arrival: Arrival) -> tuple[int, int, str] | None:
    """(run, ask, value) when the press is on a question's button."""
    pressed = read_press(arrival.data)
    return read_question(pressed.words) if pressed and pressed.verb == "q" else None


def elapsed_question(arrival: Arrival) -> tuple[int, int]:
    """(run, question number) of a wait that is over; its data is a question key, which is ours."""
    run, _, question_number = arrival.data.partition(".")
    return int(run), int(question_number)
