"""Labels, values and buttons as people see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow.question.buttons import find_pressed, lay_out, make_button
from flow.question.texts import compile_text, show_value
from flow.state.effects import MARK, Rich


class Somebody:
    """Whose every answer is its own name."""

    def words_of(self, names):
        """The names in capitals."""
        return [name.upper() for name in names]


@pytest.mark.parametrize(
    ("text", "rich", "plain"),
    [
        ("Hello", Rich("Hello"), "Hello"),
        ("Hi ${a}, *${day-1.b}*!", Rich(f"Hi {MARK}, *{MARK}*!", ("A", "DAY-1.B")), "Hi A, *DAY-1.B*!"),
        ("${a}", Rich(MARK, ("A",)), "A"),
        ("broken ${", Rich("broken ${"), "broken ${"),
        (f"re{MARK}served ${{a}}", Rich(f"reserved {MARK}", ("A",)), "reserved A"),
    ],
)
def test_templates(text, rich, plain):
    """Values stay apart in a Rich and are put in for a button."""
    template = compile_text(text)
    assert template.fill(Somebody()) == rich
    assert template.plain(Somebody()) == plain


@given(st.text(max_size=60))
def test_any_text_compiles(text):
    """No text makes it raise, and there are as many values as marks."""
    rich = compile_text(text).fill(Somebody())
    assert rich.source.count(MARK) == len(rich.values)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        ("x", "x"),
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (0.1 + 0.2, "0.3"),
        (["a", 2.0], "a, 2"),
        ([], ""),
        (True, "true"),
    ],
)
def test_values(value, words):
    """Numbers without needless zeros, lists with commas."""
    assert show_value(value) == words


@pytest.mark.parametrize(
    ("labels", "appearance", "numbers", "rows"),
    [
        (["Yes", "No"], "inline", False, [2]),
        (["A long answer here", "Another long answer"], "inline", False, [1, 1]),
        (list("abcde"), "inline", False, [1, 1, 1, 1, 1]),
        (list("12345"), "inline", True, [5]),
        ([str(n) for n in range(1, 11)], "inline", True, [5, 5]),
        ([str(n) for n in range(1, 18)], "inline", True, [6, 6, 5]),
        (list("abcde"), "columns-2", False, [2, 2, 1]),
        (list("abcde"), "likert", False, [5]),
        (list("abcdefghij"), "likert", False, [5, 5]),
        ([], "inline", False, []),
    ],
)
def test_rows(labels, appearance, numbers, rows):
    """As many beside one another as can be read, numbers at most eight, in rows of one length."""
    buttons = [make_button(label, str(index)) for index, label in enumerate(labels)]
    laid = lay_out(buttons, appearance, numbers)
    assert [len(row) for row in laid] == rows
    assert [button for row in laid for button in row] == buttons


def test_buttons_have_bounds():
    """A label is never empty and never endless; a typed one finds its button whatever its case and tick."""
    assert make_button(" ", "0").label == "…"
    assert len(make_button("x" * 500, "0").label) == 100
    rows = ((make_button("✓ Straße", "0"),),)
    assert find_pressed(rows, " STRASSE ") == "0"
    assert find_pressed(rows, "Strass") is None
