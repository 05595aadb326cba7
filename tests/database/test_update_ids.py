"""The ids of the updates that were applied last, as text."""

from hypothesis import given
from hypothesis import strategies as st

from database.update_ids import MOST_IDS, add_id, has_id, highest_id, join_ids


@given(st.lists(st.integers(1, 2**31), max_size=3 * MOST_IDS), st.integers(1, 2**31))
def test_they_are_the_last_sixty_four(ids: list[int], other: int) -> None:
    text = ""
    for update_id in ids:
        text = add_id(text, update_id)
    kept = ids[-MOST_IDS:]
    assert text == join_ids(kept) == join_ids(text)
    assert highest_id(text) == max(kept, default=0)
    assert all(has_id(text, update_id) for update_id in kept)
    assert has_id(text, other) == (other in kept)


def test_a_part_of_an_id_is_no_id() -> None:
    assert not any(has_id("401 451 501", part) for part in (1, 40, 45, 51, 501_4, 50))
    assert not has_id("", 1)
