"""One lock and one cached value a person: alone, in order, bounded, whatever is cancelled."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.person_cache import PersonCache


async def settle():
    """Let every ready task run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def put(cache, person, value):
    async with cache.hold(person) as slot:
        slot.value = value


async def value_of(cache, person):
    async with cache.hold(person) as slot:
        return slot.value


async def test_a_value_stays_until_it_is_dropped():
    """Empty at first, then what was set."""
    cache = PersonCache()
    assert await value_of(cache, 1) is None
    assert len(cache) == 0
    await put(cache, 1, "run")
    assert (await value_of(cache, 1), await value_of(cache, 2)) == ("run", None)
    cache.drop(1)
    cache.drop(99)
    assert await value_of(cache, 1) is None


async def test_one_at_a_time_per_person_and_in_the_order_of_coming():
    """A hundred who come for one person are served one by one, first come first served."""
    cache, inside, order = PersonCache(), 0, []

    async def take(number):
        nonlocal inside
        async with cache.hold(1):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            order.append(number)
            inside -= 1

    await asyncio.gather(*(take(number) for number in range(100)))
    assert order == list(range(100))
    assert (len(cache), cache.locked) == (0, 0)


async def test_people_do_not_wait_for_each_other():
    """While one is held, another comes and goes."""
    cache = PersonCache()
    async with cache.hold(1):
        await put(cache, 2, "b")
        assert cache.locked == 1
    assert await value_of(cache, 2) == "b"


async def test_a_latecomer_cannot_overtake_in_the_moment_of_release():
    """Between one's letting go and the next one's waking, whoever comes joins the queue."""
    cache, order = PersonCache(), []

    async def take(name):
        async with cache.hold(1):
            order.append(name)

    async with cache.hold(1):
        waiting = asyncio.create_task(take("waiting"))
        await settle()
    await take("late")
    await waiting
    assert order == ["waiting", "late"]


async def test_who_is_cancelled_while_waiting_leaves_the_queue():
    """The others are served as if they had never been."""
    cache, order = PersonCache(), []

    async def take(name):
        async with cache.hold(1):
            order.append(name)

    async with cache.hold(1):
        tasks = [asyncio.create_task(take(name)) for name in "abc"]
        await settle()
        tasks[1].cancel()
        await settle()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["a", "c"]
    assert (len(cache), cache.locked) == (0, 0)


async def test_who_is_cancelled_just_when_woken_passes_the_turn_on():
    """The lock has been handed to them, and they are gone: the next one gets it."""
    cache, order = PersonCache(), []

    async def take(name):
        async with cache.hold(1):
            order.append(name)

    async with cache.hold(1):
        tasks = [asyncio.create_task(take(name)) for name in "ab"]
        await settle()
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["b"]
    assert (len(cache), cache.locked) == (0, 0)


async def test_an_exception_lets_go():
    """And goes on; the value stays as it was set."""
    cache = PersonCache()
    with pytest.raises(KeyError):
        async with cache.hold(1) as slot:
            slot.value = "half"
            raise KeyError
    assert cache.locked == 0
    assert await value_of(cache, 1) == "half"


async def test_a_drop_while_somebody_holds_takes_effect_at_once_and_when_they_let_go():
    """What they leave behind may be what was to be forgotten."""
    cache = PersonCache()
    await put(cache, 1, "old")
    async with cache.hold(1) as slot:
        cache.drop(1)
        assert slot.value is None
        slot.value = "old again"
    assert await value_of(cache, 1) is None
    await put(cache, 1, "new")
    assert await value_of(cache, 1) == "new"


async def test_a_drop_does_not_reach_the_next_holder():
    """Only the value of who held at that moment is forgotten."""
    cache = PersonCache()
    async with cache.hold(1) as slot:
        slot.value = "first"
        waiting = asyncio.create_task(put(cache, 1, "second"))
        await settle()
        cache.drop(1)
    await waiting
    assert await value_of(cache, 1) == "second"


async def test_the_capacity_drops_those_longest_at_rest():
    """Using a value makes it young again."""
    cache = PersonCache(capacity=3)
    for person in (1, 2, 3):
        await put(cache, person, person)
    await value_of(cache, 1)
    await put(cache, 4, 4)
    assert len(cache) == 3
    assert [await value_of(cache, person) for person in (1, 2, 3, 4)] == [1, None, 3, 4]


async def test_values_in_use_are_never_dropped():
    """Even when more people are busy than there is room for."""
    cache = PersonCache(capacity=2)
    gate = asyncio.Event()
    seen = []

    async def stay(person):
        async with cache.hold(person) as slot:
            slot.value = person
            await gate.wait()
            seen.append(slot.value)

    tasks = [asyncio.create_task(stay(person)) for person in range(10)]
    await settle()
    assert (len(cache), cache.locked) == (10, 10)
    gate.set()
    await asyncio.gather(*tasks)
    assert sorted(seen) == list(range(10))
    assert (len(cache), cache.locked) == (2, 0)


async def test_ten_thousand_who_have_gone_leave_no_lock():
    """Only values, and of those at most the capacity."""
    cache = PersonCache(capacity=100)
    await asyncio.gather(*(put(cache, person, person) for person in range(10_000)))
    assert cache.locked == 0
    assert len(cache) == 100


async def test_values_at_rest_are_folded_and_nobody_elses():
    """Once each; who is held, and what will not be folded, stays as it is."""
    cache, asked = PersonCache(), []

    def fold(person, value):
        asked.append(person)
        value[0] = f"folded {value[0]}"
        return person != 3

    for person in (1, 2, 3):
        await put(cache, person, [f"value {person}"])
    async with cache.hold(2):
        await cache.fold(fold)
        await cache.fold(fold)
    assert asked == [1, 3, 3]
    assert len(cache) == 3
    assert 1 in cache
    assert [await value_of(cache, person) for person in (1, 2)] == [["folded value 1"], ["value 2"]]


async def test_what_is_folded_can_be_dropped_and_goes_first():
    """It has been at rest for longest."""
    cache = PersonCache(capacity=3)
    for person in (1, 2, 3):
        await put(cache, person, person)
    await cache.fold(lambda person, _: person != 1)
    cache.drop(2)
    assert 2 not in cache
    await put(cache, 4, 4)
    await put(cache, 5, 5)
    assert [await value_of(cache, person) for person in (1, 2, 3, 4, 5)] == [1, None, None, 4, 5]


async def test_who_comes_while_others_are_folded_is_left_alone():
    """Between two looks somebody may have taken their value."""
    cache = PersonCache()
    for person in range(40):
        await put(cache, person, person)
    folded = []
    folding = asyncio.create_task(cache.fold(lambda person, _: folded.append(person) is None))
    await asyncio.sleep(0)
    async with cache.hold(39):
        await folding
    assert folded == list(range(39))


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 4), st.sampled_from([None, "waiting", "later"])), min_size=1, max_size=25
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_whoever_comes_and_is_cancelled(steps):
    """Random holders of three people, some cancelled at random moments: never two inside, in order, nothing lost, nothing left."""

    async def play():
        cache: PersonCache[int] = PersonCache(capacity=2)
        inside: dict[int, int] = {}
        entered: dict[int, list[int]] = {0: [], 1: [], 2: []}
        done: dict[int, int] = {0: 0, 1: 0, 2: 0}

        async def take(number, person, pauses):
            async with cache.hold(person) as slot:
                assert inside.get(person) is None
                inside[person] = number
                entered[person].append(number)
                try:
                    before = slot.value if slot.value is not None else done[person]  # evicted: "read from the store"
                    for _ in range(pauses):
                        await asyncio.sleep(0)
                    slot.value = done[person] = before + 1
                finally:
                    inside[person] = None

        tasks = []
        for number, (person, pauses, cancel) in enumerate(steps):
            task = asyncio.create_task(take(number, person, pauses))
            tasks.append(task)
            if cancel == "waiting":
                await asyncio.sleep(0)
                task.cancel()
            elif cancel == "later":
                asyncio.get_running_loop().call_soon(task.cancel)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [result for result in results if isinstance(result, Exception)]
        finished = [steps[number][0] for number, result in enumerate(results) if result is None]
        assert done == {person: finished.count(person) for person in done}
        assert all(numbers == sorted(numbers) for numbers in entered.values())
        assert cache.locked == 0
        assert len(cache) <= 2

    asyncio.run(play())
