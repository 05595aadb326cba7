"""Numbers as people type them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow.question.numbers import read_number, read_numbers

ZEROS = [chr(code) for code in range(0x110000) if unicodedata.decimal(chr(code), None) == 0]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("7", 7),
        ("+7", 7),
        ("−7", -7),
        ("–7", -7),
        (" 7 \n", 7),
        ("\u200f-٧\u200e", -7),
        ("007", 7),
        ("7.", 7.0),
        ("7.5", 7.5),
        ("7,5", 7.5),
        (".5", 0.5),
        ("٧٫٥", 7.5),
        ("७.५", 7.5),
        ("7．5", 7.5),
        ("1,000", None),
        ("1,000.5", 1000.5),
        ("1.000.000", 1000000),
        ("1 000", 1000),
        ("1\u202f000,5", 1000.5),
        ("1'000", 1000),
        ("١٬٠٠٠", 1000),
        ("0.500", 0.5),
        ("1234,567", 1234.567),
        ("1,00", 1.0),
        ("1,000,0", None),
        ("1.000.00", None),
        ("1,0000", 1.0),
        ("-1.000.000", -1000000),
        ("1_000", None),
        ("1e3", None),
        ("0x10", None),
        ("inf", None),
        ("nan", None),
        ("²", None),
        ("", None),
        (" ", None),
        ("-", None),
        (".", None),
        ("--7", None),
        ("7.", 7.0),
        ("7 8", None),
        ("1" * 65, None),
    ],
)
def test_numbers(typed, number):
    """Whole numbers are int, those with a point float; anything doubtful is none."""
    found = read_number(typed)
    assert found == number
    assert type(found) is type(number)


@given(st.integers(-(10**14), 10**14), st.sampled_from(ZEROS))
def test_digits_of_any_script(number, zero):
    """Every script's digits are read as the number that they write."""
    typed = "".join(chr(ord(zero) + int(digit)) if digit.isdigit() else digit for digit in str(number))
    assert read_number(typed) == number


@given(st.text(max_size=80))
def test_any_text(text):
    """No text makes it raise, and a number is never infinite."""
    number = read_number(text)
    assert number is None or abs(number) < float("inf")


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("1,000", (1000, 1.0)),
        ("10.000", (10000, 10.0)),
        ("-12.345", (-12345, -12.345)),
        ("١٫٠٠٠", (1000, 1.0)),
        ("1 000", (1000,)),
        ("7,5", (7.5,)),
        ("x", ()),
    ],
)
def test_what_can_be_read_in_two_ways_has_both(typed, numbers):
    assert read_numbers(typed) == numbers
