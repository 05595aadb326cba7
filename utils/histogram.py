"""A histogram of durations in buckets that grow by 2 %: any percentile to within 1 %, in bounded memory."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

GROWTH = 1.02  # a bucket's geometric middle is at most sqrt(1.02) - 1 = 0.995 % away from anything in it
SHORTEST_SECONDS = 1e-6  # all below is one bucket
LONGEST_SECONDS = 3600.0  # all above is one bucket
_COUNT = 1 + int(math.log(LONGEST_SECONDS / SHORTEST_SECONDS, GROWTH))
_ENDS = tuple(SHORTEST_SECONDS * GROWTH**index for index in range(_COUNT))  # of all buckets but the last
_MIDDLE_OF_FIRST = SHORTEST_SECONDS / math.sqrt(GROWTH)


class Histogram:
    """Counts durations (seconds). At most 1,113 buckets, made when first hit. Not locked: the owner does that."""

    __slots__ = ("_buckets", "count", "maximum", "minimum", "total")

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}
        self.count = 0
        self.total = 0.0
        self.minimum = math.inf
        self.maximum = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration; what is below zero or no number counts as 0."""
        self.add_all((seconds,))

    def add_all(self, durations: Iterable[float]) -> None:
        """Count several at once: in order, so that those of one bucket stand together and are counted by one look for its end."""
        ordered = sorted(durations)
        total = sum(ordered)
        if not (ordered and ordered[0] >= 0.0 and total == total):  # below zero, or no number
            ordered = sorted([duration if duration > 0.0 else 0.0 for duration in ordered])
            total = sum(ordered)
        buckets, place, size = self._buckets, 0, len(ordered)
        while place < size:
            index = bisect_right(_ENDS, ordered[place])
            end = bisect_left(ordered, _ENDS[index], place) if index < len(_ENDS) else size
            buckets[index] = buckets.get(index, 0) + end - place
            place = end
        if ordered:
            self.count += size
            self.total += total
            self.minimum, self.maximum = min(self.minimum, ordered[0]), max(self.maximum, ordered[-1])

    def percentiles(self, *fractions: float) -> list[float]:
        """The durations (seconds) that these shares (0 to 1, rising) of all do not exceed, by nearest rank; 0.0 for nothing."""
        found: list[float] = []
        seen = 0
        for index, count in sorted(self._buckets.items()):
            seen += count
            while len(found) < len(fractions) and seen >= max(1, math.ceil(fractions[len(found)] * self.count)):
                found.append(min(max(_MIDDLE_OF_FIRST * GROWTH**index, self.minimum), self.maximum))
        return found + [self.maximum] * (len(fractions) - len(found))

    @property
    def mean(self) -> float:
        """Seconds; 0.0 when nothing was counted."""
        return self.total / self.count if self.count else 0.0
