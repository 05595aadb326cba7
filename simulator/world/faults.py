"""Faults between the bot and Telegram, on demand."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.world.fault_kinds import GET_UPDATES, SHAPES, TABLE

# Every kind with its options and their defaults. Seconds are real seconds.
KINDS: dict[str, dict[str, Any]] = {name: dict(kind.options) for name, kind in TABLE.items()}


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule: which calls it hits (`method` lower case or `*`), how often, and what happens then."""

    id: int
    kind: str
    method: str
    chat: int | None
    probability: float
    options: dict[str, Any]

    def fits(self, method: str, chat: int | None, params: Mapping[str, Any]) -> bool:
        """A poll is about no chat: of a rule for one chat only that chat's updates are repeated in its answer."""
        is_poll = self.kind == "duplicate_updates" and chat is None
        is_chat = self.chat in (None, chat) or is_poll
        return is_chat and self.method in ("*", method) and TABLE[self.kind].fits(method, params)


class Faults:
    """The rules in force, tried in the order they were added; the first that hits decides. Seeded, so runs can be repeated."""

    def __init__(self, seed: int = 0) -> None:
        self.hits: dict[int, int] = {}
        self._random = random.Random(seed)
        self._rules: dict[int, Fault] = {}
        self._left: dict[int, int] = {}
        self._next_id = 1

    def __bool__(self) -> bool:
        return bool(self._rules)

    def add(
        self,
        method: str = "*",
        chat: int | None = None,
        probability: float = 1.0,
        *,
        kind: str,
        times: int | None = None,
        **options: Any,
    ) -> int:
        """A new rule's id. `times` bounds how often it hits; then it goes. Raises ValueError, in words, for what can't be."""
        method = method.lower()
        _check(kind, method, probability, times, options)
        rule = Fault(self._next_id, kind, method, chat, probability, KINDS[kind] | options)
        self._next_id += 1
        self._rules[rule.id] = rule
        self.hits[rule.id] = 0
        if times is not None:
            self._left[rule.id] = times
        return rule.id

    def remove(self, fault_id: int) -> None:
        """Take a rule away; none of that id is fine. Its `hits` stay."""
        self._rules.pop(fault_id, None)
        self._left.pop(fault_id, None)

    def clear(self) -> None:
        self._rules.clear()
        self._left.clear()

    def list_rules(self) -> list[tuple[Fault, int, int | None]]:
        """(rule, how often it has hit, how often it still may: None for without end), the oldest first."""
        return [(rule, self.hits[rule.id], self._left.get(rule.id)) for rule in self._rules.values()]

    def pick(self, method: str, chat: int | None, params: Mapping[str, Any] | None = None) -> Fault | None:
        """The rule that hits this call (method in lower case), or None. Faults of single updates are not asked for here."""
        for rule in self._rules.values():
            is_of_calls = rule.kind == "duplicate_updates" or not TABLE[rule.kind].is_of_updates
            if is_of_calls and rule.fits(method, chat, params or {}) and self._hits(rule):
                return rule
        return None

    def strike(self, kind: str, chat: int | None) -> Fault | None:
        """The rule of that kind that hits an update of that chat, or None."""
        for rule in self._rules.values():
            if rule.kind == kind and rule.fits(GET_UPDATES, chat, {}) and self._hits(rule):
                return rule
        return None

    def _hits(self, rule: Fault) -> bool:
        if self._random.random() >= rule.probability:
            return False
        self.hits[rule.id] += 1
        if rule.id in self._left:
            self._left[rule.id] -= 1
            if self._left[rule.id] <= 0:
                self.remove(rule.id)
        return True


def _check(kind: str, method: str, probability: float, times: int | None, options: Mapping[str, Any]) -> None:
    if kind not in TABLE:
        raise ValueError(f"unknown fault {kind!r}; there are {', '.join(TABLE)}")
    if TABLE[kind].is_of_updates and method not in ("*", GET_UPDATES):
        raise ValueError(f"the fault {kind!r} is one of updates, so its method is getUpdates")
    if not 0 <= probability <= 1:
        raise ValueError(f"a probability lies between 0 and 1, not at {probability}")
    if times is not None and times < 1:
        raise ValueError(f"a fault that comes {times} times never comes; leave the number out for one without end")
    for name, value in options.items():
        _check_option(kind, name, value)


def _check_option(kind: str, name: str, value: Any) -> None:
    if name not in TABLE[kind].options:
        raise ValueError(f"the fault {kind!r} has no option {name}")
    default = TABLE[kind].options[name]
    wanted = (int, float) if isinstance(default, float) else type(default)
    if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
        raise ValueError(f"the option {name} of {kind!r} is a value like {default!r}, not {value!r}")
    if isinstance(value, int | float) and value < 0:
        raise ValueError(f"the option {name} of {kind!r} can't be below 0")
    if name == "shape" and value not in SHAPES:
        raise ValueError(f"the option shape is one of {', '.join(SHAPES)}")
    if name == "code" and not 400 <= value <= 599:
        raise ValueError(f"the option code is a status from 400 to 599, not {value}")
