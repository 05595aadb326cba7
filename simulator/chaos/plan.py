"""The plan of a chaos run: when the bot is killed and what goes wrong beside, all of it from the seed (pure)."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SECONDS_A_KILL = 3.0  # when no time is given: long enough for the bot to start and do some work in between
SHORTEST = 5.0  # seconds of any run
CALM = 0.05  # of the time, before the first and after the last kill
DELAY = 0.2  # seconds, less than the bot needs to start: what a killed process has sent is carried out before the next one sends
LATE_UPDATE = 0.2  # seconds, less than people take between a press and the words that belong to it
LONGEST_GAP = 0.8  # seconds that pass at most between a kill and the next start
POUNCES = 0.4  # of the kills come when the bot has just begun to work off what had piled up
CUTS = 0.05  # of the writes to the database are carried out although the bot is told that they were not
FAILS = 0.05  # of the calls to the database are not carried out, while that trouble lasts
SLOW = 0.03  # seconds that a call to the database takes besides, while that trouble lasts
LONGEST_POUNCE = 0.15  # seconds after its first look for updates


@dataclass(frozen=True, slots=True)
class Size:
    """The size that the command line asks for; `seconds` is the time of kills and faults, 0 for as long as the kills need.

    `faults`: of what there are faults besides the kills, `telegram` and `store`.
    """

    people: int
    steps: int
    kills: int
    seconds: float = 0.0
    seed: int = 1
    faults: tuple[str, ...] = ("telegram", "store")

    @property
    def duration(self) -> float:
        """Seconds of kills and faults."""
        return self.seconds or max(SHORTEST, self.kills * SECONDS_A_KILL)


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL `at` so many seconds after the beginning; the next start follows `gap` seconds later.

    With `pounce` not at that moment but at once: so many seconds after the new process has first asked for updates.
    """

    at: float
    gap: float
    pounce: float | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault of the simulator from `at` on for `seconds`; `person` is the index of the one it is for, None for everybody."""

    at: float
    seconds: float
    kind: str
    method: str
    probability: float
    person: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoreTrouble:
    """The database from `at` on for `seconds`. `kind`: away (can't be reached), full (no room for another byte), slow, fails (a
    share of the calls; on MongoDB's wire every connection breaks once) or cuts (a share of the acknowledgements is lost)."""

    at: float
    seconds: float
    kind: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Kills and troubles in the order of time. The same size and seed give the same plan."""

    size: Size
    kills: tuple[Kill, ...]
    troubles: tuple[Trouble, ...]
    store_troubles: tuple[StoreTrouble, ...] = ()

    @property
    def think(self) -> float:
        """Seconds that people take for an answer on average, so that they are still under way at the last kill."""
        return 0.8 * self.size.duration / self.size.steps


# Every kind that is played: (kind, method, probability, options). `hang` ends before the bot's own time-out.
_REPERTOIRE: tuple[tuple[str, str, float, dict[str, Any]], ...] = (
    ("reset_before", "sendMessage", 0.15, {}),
    ("reset_after", "sendMessage", 0.15, {}),
    ("server_error", "*", 0.15, {"code": 500}),
    ("html", "*", 0.15, {"code": 502}),
    ("duplicate_updates", "getUpdates", 0.8, {}),
    ("delay", "*", 0.3, {"seconds": DELAY}),
    ("too_many_requests", "sendMessage", 0.05, {"retry_after": 1}),
    ("hang", "sendMessage", 0.1, {"seconds": 1.0, "applied": False}),
    ("hang", "sendMessage", 0.1, {"seconds": 1.0, "applied": True}),
    ("reset_after", "getUpdates", 0.3, {}),
    ("hang", "getUpdates", 0.3, {"seconds": 1.0, "applied": False}),
    ("reset_after", "editMessageText", 0.3, {}),
    ("reset_before", "answerCallbackQuery", 0.3, {}),
    ("conflict", "getUpdates", 0.3, {}),
    ("query_too_old", "answerCallbackQuery", 0.5, {}),
    ("not_modified", "editMessageText", 0.3, {}),
    ("wrong_file_id", "sendPhoto", 0.5, {}),
    ("crossing_updates", "getUpdates", 0.3, {"seconds": LATE_UPDATE}),
    ("jumping_ids", "getUpdates", 0.1, {}),
    ("unknown_presses", "getUpdates", 0.2, {}),
    ("poison_updates", "getUpdates", 0.1, {"shape": "unknown_kind"}),
)
_STORE_KINDS = ("away", "full", "slow", "fails")
_ONE_PERSON = ("too_many_requests", "sendMessage", 1.0, {"retry_after": 1})
_SHARE_OF_ONE = 0.25  # of the troubles are a 429 for one chat


def make_plan(size: Size) -> Plan:
    """Everything that will be done to the bot."""
    rng = random.Random(f"chaos {size.seed}")
    first, last = CALM * size.duration, (1 - CALM) * size.duration
    moments = sorted(rng.uniform(first, last) for _ in range(size.kills))
    kills = tuple(_make_kill(at, rng) for at in moments)
    troubles = tuple(_make_troubles(size, rng)) if "telegram" in size.faults else ()
    return Plan(size, kills, troubles, tuple(_make_store_troubles(size)) if "store" in size.faults else ())


def _make_kill(at: float, rng: random.Random) -> Kill:
    gap, pounce = rng.uniform(0, LONGEST_GAP), rng.uniform(0, LONGEST_POUNCE)
    return Kill(at, gap, pounce if rng.random() < POUNCES else None)


def _make_troubles(size: Size, rng: random.Random) -> list[Trouble]:
    """About two at a time, in a shuffled order in which every kind comes before one comes again."""
    troubles: list[Trouble] = []
    waiting: list[tuple[str, str, float, dict[str, Any]]] = []
    at = 0.0
    while at < size.duration * (1 - CALM):
        seconds = rng.uniform(0.5, 2.5)
        if rng.random() < _SHARE_OF_ONE:
            kind, method, probability, options = _ONE_PERSON
            troubles.append(Trouble(at, seconds, kind, method, probability, rng.randrange(size.people), options))
        else:
            waiting = waiting or rng.sample(_REPERTOIRE, len(_REPERTOIRE))
            kind, method, probability, options = waiting.pop()
            troubles.append(Trouble(at, seconds, kind, method, probability, None, options))
        at += rng.uniform(0.3, 1.2)
    return troubles


def _make_store_troubles(size: Size) -> list[StoreTrouble]:
    """Acknowledgements are lost all the time; the rest comes one after the other, every kind before one comes again."""
    rng, end = random.Random(f"chaos store {size.seed}"), size.duration * (1 - CALM)
    troubles = [StoreTrouble(0.0, end, "cuts")]
    waiting: list[str] = []
    at = rng.uniform(0.5, 1.5)
    while at < end:
        waiting = waiting or rng.sample(_STORE_KINDS, len(_STORE_KINDS))
        seconds = rng.uniform(0.5, 2.5)
        troubles.append(StoreTrouble(at, min(seconds, end - at), waiting.pop()))
        at += seconds + rng.uniform(1.0, 5.0)
    return troubles
