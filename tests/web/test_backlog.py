"""The age of the oldest unsent message, from looks at the lanes."""

from handlers.outgoing.outbox import Waiting
from web.backlog import Backlog


class Lanes:
    """What the outbox would tell."""

    def __init__(self) -> None:
        self.waiting: list[Waiting] = []

    def __call__(self) -> list[Waiting]:
        return self.waiting


def test_nothing_waits_in_an_empty_outbox() -> None:
    assert Backlog(Lanes()).look(1000.0) == 0.0


def test_the_age_counts_from_the_first_look_that_saw_the_message() -> None:
    lanes = Lanes()
    backlog = Backlog(lanes)
    lanes.waiting = [Waiting(1, sent=4, given=6, held_until=0.0)]
    assert backlog.look(1000.0) == 0.0
    assert backlog.look(1030.0) == 30.0


def test_what_came_later_is_younger() -> None:
    lanes = Lanes()
    backlog = Backlog(lanes)
    lanes.waiting = [Waiting(1, sent=4, given=6, held_until=0.0)]
    backlog.look(1000.0)
    lanes.waiting = [Waiting(1, sent=4, given=8, held_until=0.0)]
    assert backlog.look(1010.0) == 10.0
    lanes.waiting = [Waiting(1, sent=6, given=8, held_until=0.0)]
    assert backlog.look(1025.0) == 15.0


def test_a_lane_that_was_emptied_in_between_begins_anew() -> None:
    lanes = Lanes()
    backlog = Backlog(lanes)
    lanes.waiting = [Waiting(1, sent=4, given=6, held_until=0.0)]
    backlog.look(1000.0)
    lanes.waiting = []
    assert backlog.look(1010.0) == 0.0
    lanes.waiting = [Waiting(1, sent=6, given=7, held_until=0.0)]
    assert backlog.look(1020.0) == 0.0


def test_no_time_passes_while_telegram_wants_silence() -> None:
    lanes = Lanes()
    backlog = Backlog(lanes)
    lanes.waiting = [Waiting(1, sent=4, given=6, held_until=1300.0)]
    backlog.look(1000.0)
    assert backlog.look(1200.0) == 0.0
    assert backlog.look(1310.0) == 10.0


def test_the_oldest_of_all_lanes_is_told() -> None:
    lanes = Lanes()
    backlog = Backlog(lanes)
    lanes.waiting = [Waiting(1, sent=0, given=1, held_until=0.0)]
    backlog.look(1000.0)
    lanes.waiting = [Waiting(2, sent=0, given=1, held_until=0.0), *lanes.waiting]
    assert backlog.look(1040.0) == 40.0
    lanes.waiting = lanes.waiting[:1]
    assert backlog.look(1050.0) == 10.0
