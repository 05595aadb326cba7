"""Faults of updates on their way to the bot, within what Telegram allows.

Messages of one chat keep their order, and so do the presses of one person. But each of these lanes may be late by itself, so a
press and a text, or the messages of two people, may cross. Ids go up, but for one jump down, which the real server makes after a
week without an update. Held-back updates and jumps are real to every poll and webhook: they are made before the update has its id.
"""

import asyncio
from collections import deque
from typing import Any

import orjson

from simulator.world.poison import make_poison
from simulator.world.state import State
from simulator.world.updates import Arrival

_PRESSES = "callback_query"
_LIFETIME_SECONDS = 150.0  # of a press
ROOM = 100_000  # ids between two jumps, more than come between them
# Data that no button of ours carries, and some that one might be mistaken for.
_NEVER_WERE = ("", "0", "a:1:2:3", "menu:../../etc", "\U0001f648" * 16, "x" * 64, "1:99999999999999999999:-1:None")

Lane = tuple[bool, int]


class UpdateFaults:
    """Reads the rules of `state` anew for each update."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._late: dict[Lane, deque[Arrival]] = {}
        self._lowest = state.updates.next_id

    def meddle(self, arrival: Arrival) -> bool:
        """Do what the rules say; True when the update waits here and comes later by itself."""
        faults, chat = self._state.faults, arrival.lane
        lane = (arrival.kind == _PRESSES, arrival.lane)
        if not faults and lane not in self._late:
            return False
        if not len(self._state.updates) and faults.strike("jumping_ids", chat):
            self._jump()
        if poison := faults.strike("poison_updates", chat):
            self._poison(arrival, poison.options)
        if faults.strike("unknown_presses", chat):
            self._press(arrival)
        return self._hold(lane, arrival)

    def release(self) -> None:
        """Late updates come now."""
        for lane in list(self._late):
            self._release(lane)

    def _hold(self, lane: Lane, arrival: Arrival) -> bool:
        if lane in self._late:
            self._late[lane].append(arrival)
            return True
        fault = self._state.faults.strike("crossing_updates", arrival.lane)
        if fault is None:
            return False
        self._late[lane] = deque([arrival])
        asyncio.get_running_loop().call_later(fault.options["seconds"], self._release, lane)
        return True

    def _release(self, lane: Lane) -> None:
        for arrival in self._late.pop(lane, ()):
            self._state.updates.queue(arrival)

    def _jump(self) -> None:
        """Below every id that there ever was, so that none comes twice; without room left, not at all."""
        updates = self._state.updates
        highest = min(self._lowest, updates.next_id) - ROOM
        if highest > ROOM:
            self._lowest = updates.next_id = self._state.random.randrange(highest - ROOM, highest)

    def _poison(self, arrival: Arrival, options: dict[str, Any]) -> None:
        """One before the update itself, in its chat."""
        kind, fields = make_poison(options["shape"], options["size"], self._state.chats[arrival.lane].card, self._state.random)
        self._state.updates.queue(Arrival(kind, arrival.lane, arrival.expires, orjson.dumps(fields)))

    def _press(self, arrival: Arrival) -> None:
        """One beside the update, by the same person."""
        state, chat = self._state, self._state.chats[arrival.lane]
        person = state.people.get(arrival.lane)
        if person is None:
            return
        own = [message for message in chat.by_id.values() if message["from"]["is_bot"]]
        gone = {"chat": chat.card, "message_id": state.next_message + 1_000_000, "date": 0}  # an InaccessibleMessage
        query = {
            "id": state.queries.add(chat.id),
            "from": person.user,
            "message": state.random.choice([own[-1] if own else gone, gone]),
            "chat_instance": str(chat.id),
            "data": state.random.choice(_NEVER_WERE),
        }
        state.updates.queue(Arrival(_PRESSES, arrival.lane, state.clock() + _LIFETIME_SECONDS, orjson.dumps(query)))
