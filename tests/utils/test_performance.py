"""The decorator and the monitor: what is counted and what is logged."""

import asyncio
import inspect
import logging
import threading

import pytest

from utils import performance
from utils.performance import MAX_OPERATIONS, OTHER, SLOW_LINES_PER_SECOND, monitor_performance, performance_monitor, pseudonym


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Each test begins with an empty monitor, and leaves none behind."""
    monkeypatch.setattr(performance_monitor, "threshold", 1.0)
    performance_monitor.reset()
    yield
    performance_monitor.reset()


@pytest.fixture
def slow(monkeypatch, caplog):
    """Everything is slow; gives the log."""
    monkeypatch.setattr(performance_monitor, "threshold", -1.0)
    caplog.set_level(logging.WARNING, "waymark.performance")
    return caplog


async def test_a_call_is_counted_and_its_result_comes_back():
    """Name, docstring and result stay those of the wrapped function."""

    @monitor_performance("greet")
    async def greet(name: str) -> str:
        """Say hello."""
        return f"hello {name}"

    assert [await greet("Ana"), await greet(name="Ben")] == ["hello Ana", "hello Ben"]
    stats = performance_monitor.get_stats()
    assert list(stats) == ["greet"]
    assert (stats["greet"]["count"], stats["greet"]["errors"], stats["greet"]["slow"]) == (2, 0, 0)
    assert 0 < stats["greet"]["min"] <= stats["greet"]["p50"] <= stats["greet"]["p99"] <= stats["greet"]["max"]
    assert (greet.__name__, greet.__doc__) == ("greet", "Say hello.")
    assert inspect.iscoroutinefunction(greet)


async def test_an_exception_is_an_error_and_goes_on():
    """It counts among the calls, too."""

    @monitor_performance("fail")
    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await fail()
    stats = performance_monitor.get_stats()["fail"]
    assert (stats["count"], stats["errors"], stats["cancelled"]) == (1, 1, 0)


async def test_a_slow_call_that_failed_is_counted_and_not_told(slow):
    """A database that is away fails slowly, and often; whoever called it says so once."""

    @monitor_performance("fail")
    async def fail() -> None:
        raise ConnectionError("away")

    with pytest.raises(ConnectionError):
        await fail()
    stats = performance_monitor.get_stats()["fail"]
    assert (stats["errors"], stats["slow"]) == (1, 1)
    assert slow.messages == []


async def test_a_cancelled_call_is_neither_slow_nor_an_error(slow):
    """It says how long somebody was willing to wait; it is counted by itself and leaves the flight."""

    @monitor_performance("wait")
    async def wait() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    assert performance_monitor.get_concurrency_stats()["in_flight"] == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    stats = performance_monitor.get_stats()["wait"]
    assert (stats["count"], stats["errors"], stats["slow"], stats["cancelled"]) == (0, 0, 0, 1)
    assert performance_monitor.get_concurrency_stats()["in_flight"] == 0
    assert slow.messages == []


async def test_a_time_out_inside_is_an_error():
    """asyncio.timeout cancels what is inside it, but what comes out is a TimeoutError."""

    @monitor_performance("patient")
    async def patient() -> None:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await patient()
    assert performance_monitor.get_stats()["patient"]["errors"] == 1


async def test_in_flight_and_peak():
    """Over all and per operation; the peak stays when all have gone."""
    gate = asyncio.Event()

    @monitor_performance("one")
    async def one() -> None:
        await gate.wait()

    @monitor_performance("two")
    async def two() -> None:
        await gate.wait()

    tasks = [asyncio.create_task(call()) for call in (one, one, one, two)]
    await asyncio.sleep(0)
    now = performance_monitor.get_concurrency_stats()
    assert (now["in_flight"], now["peak"]) == (4, 4)
    assert now["operations"] == {"one": {"in_flight": 3, "peak": 3}, "two": {"in_flight": 1, "peak": 1}}
    gate.set()
    await asyncio.gather(*tasks)
    after = performance_monitor.get_concurrency_stats()
    assert (after["in_flight"], after["peak"]) == (0, 4)
    assert after["operations"]["one"] == {"in_flight": 0, "peak": 3}


async def test_a_reset_in_mid_flight_leaves_no_negative_number():
    """What began before ends uncounted."""
    gate = asyncio.Event()

    @monitor_performance("long")
    async def long() -> None:
        await gate.wait()

    task = asyncio.create_task(long())
    await asyncio.sleep(0)
    performance_monitor.reset()
    gate.set()
    await task
    assert performance_monitor.get_stats() == {}
    assert performance_monitor.get_concurrency_stats() == {"in_flight": 0, "peak": 0, "operations": {}}


def test_record():
    """A call timed elsewhere counts alike; times are seconds."""
    for milliseconds in range(1, 101):
        performance_monitor.record("telegram.sendMessage", milliseconds / 1000, error=milliseconds > 98)
    stats = performance_monitor.get_stats()["telegram.sendMessage"]
    assert (stats["count"], stats["errors"], stats["min"], stats["max"]) == (100, 2, 0.001, 0.1)
    assert stats["mean"] == pytest.approx(0.0505)
    for key, exact in (("p50", 0.050), ("p95", 0.095), ("p99", 0.099)):
        assert stats[key] == pytest.approx(exact, rel=0.01)


def test_a_slow_operation_is_told_without_what_was_written(caplog):
    """The line's beginning is a promise; operation, duration, pseudonym and nothing else."""
    performance_monitor.record("process_question", 1.534, person=42)
    performance_monitor.record("process_question", 0.9, person=42)
    performance_monitor.record("database.ping", 2.0)
    assert caplog.messages == [
        f"Slow operation detected: process_question took 1.53 s (person {pseudonym(42)})",
        "Slow operation detected: database.ping took 2.00 s",
    ]
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert performance_monitor.get_stats()["process_question"]["slow"] == 1


class Visit:
    """Something that has a person, like a turn of the bot."""

    def __init__(self, person):
        self.person = person


class Record:
    """Something that is a person and has an id."""

    def __init__(self, id):
        self.id = id


async def test_the_person_of_a_slow_call(slow):
    """Taken from an argument named person, however it is given, or from the first that has one; else none is named."""

    class Store:
        @monitor_performance("find")
        async def find(self, question: str, person: int) -> None: ...

        @monitor_performance("save")
        async def save(self, person: Record) -> None: ...

    @monitor_performance("turn")
    async def turn(words: str, visit: Visit) -> None: ...

    await Store().find("I am sad", 7)
    await Store().find("I am sad", person=7)
    await Store().save(Record(7))
    await turn("I am sad", Visit(7))
    await turn("I am sad", visit=Visit(7))
    await turn("I am sad", Visit(None))
    named = [f"(person {pseudonym(7)})" in line for line in slow.messages]
    assert named == [True, True, True, True, True, False]
    assert "sad" not in slow.text


def test_a_flood_of_slow_lines_is_bounded(slow, monkeypatch):
    """At most a few a second and operation; the next line says how many were left out."""
    seconds = [100.0]
    monkeypatch.setattr(performance.time, "monotonic", lambda: seconds[0])
    for _ in range(SLOW_LINES_PER_SECOND + 7):
        performance_monitor.record("flood", 1.0)
    performance_monitor.record("other", 1.0)
    assert len(slow.messages) == SLOW_LINES_PER_SECOND + 1
    seconds[0] = 101.0
    performance_monitor.record("flood", 1.0)
    performance_monitor.record("flood", 1.0)
    assert slow.messages[-2:] == [
        "Slow operation detected: flood took 1.00 s; 7 more were not logged",
        "Slow operation detected: flood took 1.00 s",
    ]
    assert performance_monitor.get_stats()["flood"]["slow"] == SLOW_LINES_PER_SECOND + 9


def test_names_are_bounded():
    """Names made from data can't fill the memory: those beyond share one."""
    for number in range(MAX_OPERATIONS + 50):
        performance_monitor.record(f"n{number}", 0.1)
    stats = performance_monitor.get_stats()
    assert len(stats) == MAX_OPERATIONS + 1
    assert stats[OTHER]["count"] == 50


def test_no_count_is_lost_between_threads():
    """Four threads, ten thousand calls each, while a fifth reads."""
    done = threading.Event()

    def record():
        for _ in range(10_000):
            performance_monitor.record("shared", 0.001)

    def read():
        while not done.is_set():
            performance_monitor.get_stats()

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=record) for _ in range(4)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert performance_monitor.get_stats()["shared"]["count"] == 40_000


def test_only_async_functions_can_be_decorated():
    """A plain function or an async generator would be timed wrongly: told when the module is imported."""

    async def pieces():
        yield 1

    for function in (lambda: 1, pieces):
        with pytest.raises(TypeError, match="wants an async function"):
            monitor_performance("x")(function)


def test_pseudonyms(monkeypatch):
    """Eight hex digits, the same for the same person and salt, another for another person or salt; the number is not in it."""
    monkeypatch.setattr(performance, "_salt", b"x" * 16)
    performance.set_salt("one")
    first = pseudonym(123456789)
    assert len(first) == 8
    assert int(first, 16) >= 0
    assert pseudonym(123456789) == first != pseudonym(123456788)
    performance.set_salt("two")
    assert pseudonym(123456789) != first
    performance.set_salt("one")
    assert pseudonym(123456789) == first


def test_the_flight_is_empty_when_calls_of_several_threads_have_ended():
    """Each on an event loop of its own; none is forgotten and none is counted out twice."""

    @monitor_performance("shared")
    async def call() -> None:
        await asyncio.sleep(0)

    async def crowd() -> None:
        for _ in range(100):
            await asyncio.gather(*(call() for _ in range(20)))

    threads = [threading.Thread(target=lambda: asyncio.run(crowd())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert performance_monitor.get_stats()["shared"]["count"] == 8_000
    flight = performance_monitor.get_concurrency_stats()
    assert flight["in_flight"] == flight["operations"]["shared"]["in_flight"] == 0
    assert 20 <= flight["operations"]["shared"]["peak"] <= 80
