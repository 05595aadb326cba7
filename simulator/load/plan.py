"""A load's size, and the kinds of people that may disturb the others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`people` in all. Of them `videos` walk a flow whose questions carry 20 MB videos, `slow` have store calls of 200 ms, and
    `flood` write without end. For `hushed` ones Telegram says 429 to every other message.

    With one of the four set, the others walk alone and disturbed by turns, in windows of time. So their times can be compared, and
    whatever else the machine does harms both. `think`: seconds before an answer.
    """

    people: int = 500
    seconds: float = 60.0
    videos: int = 0
    slow: int = 0
    flood: int = 0
    hushed: int = 0
    think: float = 0.0
    seed: int = 1

    @property
    def disturbers(self) -> int:
        """How many are there to disturb the others."""
        return self.videos + self.slow + self.flood + self.hushed
