"""The picture: a PNG of one size, whatever there is to draw, and what was drawn can be seen in it."""

import io
import math

import pytest
from PIL import Image, ImageColor

from media import chart_text
from media.chart import COLOURS, MOST_POINTS, draw_chart
from media.chart_text import fit, open_fonts, width_of

WEEK = [f"{day} Mar" for day in range(1, 8)]


def line(*values):
    return list(zip(WEEK, values, strict=False))


def read(png):
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.size) == ("PNG", (1000, 600))
    return image.convert("RGB")


def pixels_of(image, colour):
    """Places (x, y) of exactly that colour."""
    wanted = ImageColor.getrgb(colour)
    raw = image.tobytes()
    return [(at // 3 % 1000, at // 3 // 1000) for at in range(0, len(raw), 3) if tuple(raw[at : at + 3]) == wanted]


def test_each_line_has_its_colour():
    """And only as many colours as lines are used."""
    image = read(draw_chart("Calm", [("before", line(8, 7, 6)), ("after", line(5, 4, 3))], 1, 10))
    assert [len(pixels_of(image, colour)) > 100 for colour in COLOURS] == [True, True, False, False, False, False]


def test_a_higher_value_stands_higher():
    """The last dot of a rising line is above the first; of a falling one below."""
    for values, rising in (((1, 10), True), ((10, 1), False)):
        places = [place for place in pixels_of(read(draw_chart("", [("", line(*values))], 1, 10)), COLOURS[0]) if place[1] > 110]
        leftmost, rightmost = min(places), max(places)
        assert (rightmost[1] < leftmost[1]) is rising


def test_the_same_data_gives_the_same_bytes():
    """Pure: no clock, no dice."""
    assert draw_chart("Calm", [("a", line(1, 2))], None, None) == draw_chart("Calm", [("a", line(1, 2))], None, None)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [("nothing", [])],
        [("one", line(7.0))],
        [("same", line(5, 5, 5, 5))],
        [("twice a day", [("1 Mar", 3), ("1 Mar", 6), ("2 Mar", 2)])],
        [("gone", line(math.nan, math.inf, -math.inf))],
        [(f"line {number}", line(*range(number, number + 7))) for number in range(6)],
        [(f"line {number}", line(1, 2)) for number in range(9)],
        [("a very long name of a question " * 9, line(1, 2)), ("another " * 30, line(2, 1))],
        [("سؤال", [("٥ مارس", 4), ("٦ مارس", 5)]), ("שאלה", [("٥ مارس", 2)])],
        [("质问", line(1, 2)), ("😀", line(2, 3))],
        [("huge", line(1e15, -1e15)), ("tiny", line(1e-9, 2e-9))],
    ],
)
@pytest.mark.parametrize("bounds", [(None, None), (1, 10)])
def test_whatever_there_is_to_draw(lines, bounds):
    """Nothing, one point, many lines, any script, odd numbers: a picture."""
    read(draw_chart("Seven calm evenings 🌙", lines, *bounds))


def test_of_a_very_long_line_the_newest_points_are_drawn():
    """So that years of answers cost no more than a year."""
    points = [(str(day), float(day % 7)) for day in range(MOST_POINTS * 5)]
    assert draw_chart("Long", [("a", points)], 0, 6) == draw_chart("Long", [("a", points[-MOST_POINTS:])], 0, 6)


def test_the_axis_can_be_given():
    """Days on which a line has no point are on it, too: the only point stands left of the middle then."""
    alone = pixels_of(read(draw_chart("", [("", [("mon", 5)])], 1, 10)), COLOURS[0])
    first = pixels_of(read(draw_chart("", [("", [("mon", 5)])], 1, 10, days=["mon", "tue", "wed"])), COLOURS[0])
    assert max(alone)[0] > 500 > max(first)[0]


def test_a_machine_without_dejavu(monkeypatch):
    """Pillow's own font stands in."""
    monkeypatch.setattr(chart_text, "_find", lambda name: None)
    read(draw_chart("Calm", [("before", line(8, 7, 6))], 1, 10))


def test_texts_fit():
    """Cut with …, on one line, without what the font can't draw; what fits is left as it is."""
    font = open_fonts(1).axis
    assert fit(font, "Seven  calm\nevenings 🌙", 1000) == "Seven calm evenings"
    cut = fit(font, "Seven calm evenings", 100)
    assert cut.endswith("…")
    assert "Seven calm evenings".startswith(cut[:-1])
    assert width_of(font, cut) <= 100
    assert fit(font, "سبع أمسيات", 1000) == "سبع أمسيات"
