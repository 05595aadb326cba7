"""The positions of a chart's points: the scale of the values, the order of the days, the curve between points. Numbers only."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
STEPS_PER_SEGMENT = 16  # straight pieces that stand for the curve between two points
INTERVALS = (5, 4, 3, 6, 2)  # between the ticks of a given scale, as preferred


@dataclass(frozen=True, slots=True)
class Scale:
    """From `bottom` to `top`, marked at `ticks` (rising)."""

    bottom: float
    top: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """0 at the bottom, 1 at the top."""
        return (value - self.bottom) / (self.top - self.bottom)


def make_scale(values: Iterable[float], low: float | None, high: float | None) -> Scale:
    """From low to high where they are given, wider if a value lies outside; else round numbers around the values."""
    known = [*values, *(bound for bound in (low, high) if bound is not None)] or [0.0, 1.0]
    bottom, top = min(known), max(known)
    if bottom == top:
        bottom, top = bottom - 1, top + 1
    if (bottom, top) == (low, high):
        return Scale(bottom, top, _even_ticks(bottom, top) or _round_ticks(bottom, top))
    step = _round_step(top - bottom)
    bottom = bottom if bottom == low else math.floor(bottom / step + 1e-9) * step
    top = top if top == high else math.ceil(top / step - 1e-9) * step
    return Scale(bottom, top, _round_ticks(bottom, top))


def _even_ticks(bottom: float, top: float) -> tuple[float, ...]:
    """Both ends and whole steps between them (1 4 7 10), or nothing where that can't be."""
    for count in INTERVALS:
        step = (top - bottom) / count
        if step == int(step):
            return tuple(bottom + step * place for place in range(count + 1))
    return ()


def _round_ticks(bottom: float, top: float) -> tuple[float, ...]:
    step = _round_step(top - bottom)
    first, last = math.ceil(bottom / step - 1e-9), math.floor(top / step + 1e-9)
    return tuple(step * place for place in range(first, last + 1))


def _round_step(span: float) -> float:
    """1, 2 or 5 times a power of ten, such that about five fit."""
    power = 10.0 ** math.floor(math.log10(span / 5))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= span / 5 * 0.999)


def merge_days(lines: Iterable[Sequence[str]]) -> list[str]:
    """All days once, each line's order kept: a day that is new stands before the next day of its line that is known, else last."""
    merged: list[str] = []
    for days in lines:
        place = len(merged)
        for day in reversed(days):
            if day in merged:
                place = merged.index(day)
            else:
                merged.insert(place, day)
    return merged


def place_points(points: Sequence[tuple[str, float]], days: Sequence[str]) -> list[Point]:
    """(x, value) rising in x: whole numbers are days; several points of one day stand side by side around it."""
    place = {day: index for index, day in enumerate(days)}
    together = Counter(label for label, _ in points)
    before: Counter[str] = Counter()
    placed = []
    for label, value in points:
        placed.append((place[label] + 0.5 * ((before[label] + 0.5) / together[label] - 0.5), value))
        before[label] += 1
    return sorted(placed)


def smooth(points: Sequence[Point]) -> list[Point]:
    """A curve through the points (rising in x) that never goes above or below two neighbours: F. N. Fritsch and J. Butland,
    "A method for constructing local monotone piecewise cubic interpolants", SIAM J. Sci. Stat. Comput. 5 (1984)."""
    if len(points) < 3:
        return list(points)
    widths = [right[0] - left[0] for left, right in pairwise(points)]
    slopes = [(right[1] - left[1]) / (right[0] - left[0]) for left, right in pairwise(points)]
    tangents = [slopes[0], *map(_tangent, slopes, slopes[1:], widths, widths[1:]), slopes[-1]]
    curve = [points[0]]
    for place, width in enumerate(widths):
        (x, y), rise = points[place], points[place + 1][1]
        for step in range(1, STEPS_PER_SEGMENT + 1):
            t = step / STEPS_PER_SEGMENT
            hermite = y * (1 + 2 * t) * (1 - t) ** 2 + rise * t * t * (3 - 2 * t)
            bend = width * (tangents[place] * t * (1 - t) ** 2 - tangents[place + 1] * t * t * (1 - t))
            curve.append((x + t * width, hermite + bend))
    return curve


def _tangent(left: float, right: float, left_width: float, right_width: float) -> float:
    """The harmonic mean of two slopes; flat at a peak or a dip."""
    if left * right <= 0:
        return 0.0
    share = (left_width + 2 * right_width) / (3 * (left_width + right_width))
    return left * right / (share * right + (1 - share) * left)


def format_value(value: float) -> str:
    """At most two decimals, without needless zeros: 7, 7.5, 7.25."""
    if abs(value) >= 1e7:
        return f"{value:.3g}"
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
