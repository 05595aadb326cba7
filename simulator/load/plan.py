"""What a load is to be, and the kinds of people that may disturb the others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`people` in all; of them `videos` walk a flow whose questions carry 20 MB videos, `slow` have store calls of 200 ms, `flood`
    write without end, and `hushed` are in chats for which Telegram says 429 to every other message.

    With one of the four set, windows of time in which the others walk alone come by turns with those in which they are disturbed,
    so that their times can be compared and whatever else the machine does harms both. `think`: seconds before an answer.
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
