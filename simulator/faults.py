"""What may go wrong between the bot and Telegram, on demand."""

import random
from dataclasses import dataclass
from typing import Any

# Every kind with its options and their defaults. Seconds are real seconds.
KINDS: dict[str, dict[str, Any]] = {
    "too_many_requests": {"retry_after": 1},
    "server_error": {"code": 500},
    "html": {"code": 502},
    "hang": {"seconds": 60.0, "applied": False},
    "reset_before": {},
    "reset_after": {},
    "delay": {"seconds": 1.0},
    "duplicate_updates": {},
    "not_found": {},
    "unauthorized": {},
    "conflict": {},
    "bad_request": {"description": "Bad Request: something is wrong"},
    "forbidden": {"description": "Forbidden: bot was blocked by the user"},
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule: which calls it hits (`method` lower case or `*`), how often, and what happens then."""

    id: int
    kind: str
    method: str
    chat: int | None
    probability: float
    options: dict[str, Any]

    def fits(self, method: str, chat: int | None) -> bool:
        if self.kind == "duplicate_updates" and method != "getupdates":
            return False
        return self.method in ("*", method) and self.chat in (None, chat)


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
        """A new rule's id. `times` bounds how often it hits; then it goes. Raises ValueError for an unknown kind or option."""
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; there are {', '.join(KINDS)}")
        unknown = options.keys() - KINDS[kind].keys()
        if unknown:
            raise ValueError(f"the fault {kind!r} has no option {', '.join(sorted(unknown))}")
        rule = Fault(self._next_id, kind, method.lower(), chat, probability, KINDS[kind] | options)
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

    def pick(self, method: str, chat: int | None) -> Fault | None:
        """The rule that hits this call (method in lower case), or None."""
        for rule in self._rules.values():
            if rule.fits(method, chat) and self._random.random() < rule.probability:
                self._count(rule)
                return rule
        return None

    def _count(self, rule: Fault) -> None:
        self.hits[rule.id] += 1
        if rule.id in self._left:
            self._left[rule.id] -= 1
            if self._left[rule.id] <= 0:
                self.remove(rule.id)
