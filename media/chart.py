"""The picture of how answers went from day to day: a calm line chart as PNG."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from media.chart_scale import Point, Scale, format_value, make_scale, merge_days, place_points, smooth
from media.chart_text import Fonts, fit, open_fonts, width_of

WIDTH, HEIGHT = 1000, 600  # pixels of the picture
SHARP = 3  # drawn so many times larger, then reduced: smooth edges
MARGIN = 44
PAPER, GRID, INK, FAINT = "#fbfaf6", "#e8e4da", "#34383f", "#7d8189"
COLOURS = ("#2f7f86", "#d67d55", "#5b6bb5", "#7c9f52", "#a0638f", "#bd9a2f")
ALL_VALUES = 14  # points a line up to which all of one or two lines have a dot and their value; else only the last ones
MOST_POINTS = 400  # of a line, the newest: more than that many pixels can't show
NEAR = 30  # pixels between a value and a line beside it

Lines = Sequence[tuple[str, Sequence[tuple[str, float]]]]


@dataclass(frozen=True, slots=True)
class Series:
    """One line as it is drawn: its points in pixels, left to right, with their values."""

    colour: str
    points: tuple[Point, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The field of the points, in pixels of the large drawing."""

    left: float
    top: float
    right: float
    bottom: float
    days: int

    def x(self, day: float) -> float:
        """Pixels from the left; each day has a slot of the same width, a lonely one stands in the middle."""
        return self.left + (day + 0.5) / max(1, self.days) * (self.right - self.left)

    def y(self, share: float) -> float:
        """Pixels from the top for a share of the scale."""
        return self.bottom - share * (self.bottom - self.top)


def draw_chart(title: str, lines: Lines, low: float | None, high: float | None, days: Sequence[str] = ()) -> bytes:
    """A PNG, 1000 x 600. `lines`: name and (day, value) oldest first, at most six; `low`, `high`: the scale, None to fit them.

    `days` is the horizontal axis in order, where lines have different days; without it the order is put together from the lines.
    Values that are no finite numbers are left out, and of a very long line the oldest. Pure, and takes about 0.2 s of one core:
    call it in a thread.
    """
    known = [(name, [(day, value) for day, value in points[-MOST_POINTS:] if math.isfinite(value)]) for name, points in lines]
    axis = merge_days([days, *([day for day, _ in points] for _, points in known)])
    scale = make_scale([value for _, points in known for _, value in points], low, high)
    fonts = open_fonts(SHARP)
    image = Image.new("RGB", (WIDTH * SHARP, HEIGHT * SHARP), PAPER)
    pen = ImageDraw.Draw(image, "RGBA")
    top = _draw_head(pen, fonts, title, [name for name, _ in known])
    left = MARGIN * SHARP + max((width_of(fonts.axis, format_value(tick)) for tick in scale.ticks), default=0.0) + 14 * SHARP
    airy = _is_airy([points for _, points in known])
    right = (WIDTH - MARGIN) * SHARP - (0.0 if airy else _room_for_last(fonts, [points for _, points in known]))
    frame = Frame(left, top + 48 * SHARP, right, (HEIGHT - 76) * SHARP, len(axis))
    _draw_axes(pen, fonts, frame, scale, axis)
    drawn = [_make_series(place, points, axis, scale, frame) for place, (_, points) in enumerate(known) if points]
    for series in drawn:
        _draw_line(pen, frame, series, filled=len(drawn) == 1, airy=airy)
    (_draw_values if airy else _draw_last_values)(pen, fonts, drawn)
    return _encode(image)


def _is_airy(lines: Sequence[Sequence[tuple[str, float]]]) -> bool:
    return sum(1 for points in lines if points) <= 2 and all(len(points) <= ALL_VALUES for points in lines)


def _room_for_last(fonts: Fonts, lines: Sequence[Sequence[tuple[str, float]]]) -> float:
    """Pixels that the values right of the last dots take."""
    return max(width_of(fonts.value, format_value(points[-1][1])) for points in lines if points)


def _make_series(place: int, points: Sequence[tuple[str, float]], axis: Sequence[str], scale: Scale, frame: Frame) -> Series:
    placed = place_points(points, axis)
    pixels = tuple((frame.x(x), frame.y(scale.share(value))) for x, value in placed)
    return Series(COLOURS[place % len(COLOURS)], pixels, tuple(value for _, value in placed))


def _draw_head(pen: ImageDraw.ImageDraw, fonts: Fonts, title: str, names: Sequence[str]) -> float:
    """Title and legend; gives where they end (pixels from the top)."""
    left, right = MARGIN * SHARP, (WIDTH - MARGIN) * SHARP
    pen.text((left, 58 * SHARP), fit(fonts.title, title, right - left), fill=INK, font=fonts.title, anchor="ls")
    x, y, dot = float(left), 92 * SHARP, 7 * SHARP
    for place, name in enumerate(names):
        text = fit(fonts.legend, name, (right - left) / 2)
        width = 3 * dot + width_of(fonts.legend, text)
        if x > left and x + width > right:
            x, y = float(left), y + 30 * SHARP
        pen.ellipse((x, y - dot, x + 2 * dot, y + dot), fill=COLOURS[place % len(COLOURS)])
        pen.text((x + 3 * dot, y), text, fill=FAINT, font=fonts.legend, anchor="lm")
        x += width + 30 * SHARP
    return y


def _draw_axes(pen: ImageDraw.ImageDraw, fonts: Fonts, frame: Frame, scale: Scale, axis: Sequence[str]) -> None:
    for tick in scale.ticks:
        y = frame.y(scale.share(tick))
        pen.line((frame.left, y, frame.right, y), fill=GRID, width=SHARP * 3 // 2)
        pen.text((frame.left - 14 * SHARP, y), format_value(tick), fill=FAINT, font=fonts.axis, anchor="rm")
    labels = [fit(fonts.axis, day, 150 * SHARP) for day in axis]
    widest = max((width_of(fonts.axis, label) for label in labels), default=0.0) + 18 * SHARP
    every = max(1, math.ceil(len(labels) * widest / (frame.right - frame.left)))
    for place, label in enumerate(labels):
        if (len(labels) - 1 - place) % every == 0:  # the newest day always has its label
            pen.text((frame.x(place), frame.bottom + 48 * SHARP), label, fill=FAINT, font=fonts.axis, anchor="mm")


def _draw_line(pen: ImageDraw.ImageDraw, frame: Frame, series: Series, *, filled: bool, airy: bool) -> None:
    """`airy`: few enough points for a dot with a ring each; else thin, with one dot at the end."""
    curve = smooth(series.points)
    if filled and len(curve) > 1:
        pen.polygon([(curve[0][0], frame.bottom), *curve, (curve[-1][0], frame.bottom)], fill=series.colour + "1c")
    pen.line(curve, fill=series.colour, width=(4 if airy else 3) * SHARP, joint="curve")
    for x, y in series.points if airy else series.points[-1:]:
        _draw_dot(pen, x, y, 9 * SHARP, PAPER)
        _draw_dot(pen, x, y, 6 * SHARP, series.colour)


def _draw_dot(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _draw_values(pen: ImageDraw.ImageDraw, fonts: Fonts, drawn: Sequence[Series]) -> None:
    """Above each dot; below it in a dip, or where the other line runs above."""
    for place, series in enumerate(drawn):
        other = drawn[1 - place] if len(drawn) == 2 else None
        for index, ((x, y), value) in enumerate(zip(series.points, series.values, strict=True)):
            below = _is_dip(series.points, index) if other is None else _runs_above(other, x, y, ties=place == 1)
            pen.text(
                (x, y + (24 if below else -22) * SHARP), format_value(value), fill=series.colour, font=fonts.value, anchor="mm"
            )


def _is_dip(points: Sequence[Point], index: int) -> bool:
    """Whether the line comes down to this point (larger y) and rises after it; at an end one side is enough."""
    around = [points[place][1] for place in (index - 1, index + 1) if 0 <= place < len(points)]
    return bool(around) and all(y < points[index][1] for y in around)


def _runs_above(series: Series, x: float, y: float, *, ties: bool) -> bool:
    """Whether that line runs above this place (smaller y), where it comes near it at all; `ties`: also if it runs through it."""
    near = min(smooth(series.points), key=lambda point: abs(point[0] - x))
    return abs(near[0] - x) < NEAR * SHARP and (near[1] < y or (ties and near[1] == y))


def _draw_last_values(pen: ImageDraw.ImageDraw, fonts: Fonts, drawn: Sequence[Series]) -> None:
    """Right of the last dots, pushed apart where they would touch."""
    taken = -math.inf
    for series in sorted(drawn, key=lambda one: one.points[-1][1]):
        x, y = series.points[-1]
        y = max(y, taken + 20 * SHARP)
        taken = y
        pen.text((x + 15 * SHARP, y), format_value(series.values[-1]), fill=series.colour, font=fonts.value, anchor="lm")


def _encode(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(content, "PNG", optimize=False)
    return content.getvalue()
