"""Delivery of updates to the bot's own HTTP address: in order per chat, presses in a queue of their own."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import orjson

from simulator.world.updates import Update, Updates

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_LONGEST_WAIT = 60.0  # seconds between two tries
_TIMEOUT = aiohttp.ClientTimeout(total=60)
_DEFAULT_CONNECTIONS = 40

Lane = tuple[bool, int]


class Webhook:
    """At most one address. A lane (chat, or a person's presses) has one delivery under way and waits for its success.

    `answer` takes a method call that the bot put into its response's body. `first_wait`: seconds before the second try;
    it doubles from there, and a `Retry-After` is honoured. `comes_again` tells whether an update of that lane, which the bot has
    taken, is delivered once more.
    """

    def __init__(self, updates: Updates, clock: Callable[[], float]) -> None:
        self.url = ""
        self.first_wait = 1.0
        self.answer: Callable[[dict[str, Any]], Awaitable[None]] | None = None
        self.comes_again: Callable[[int], bool] | None = None
        self._secret = ""
        self._connections = _DEFAULT_CONNECTIONS
        self._last_error: dict[str, Any] = {}
        self._updates = updates
        self._clock = clock
        self._lanes: dict[Lane, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(_DEFAULT_CONNECTIONS)

    def set(self, url: str, secret: str = "", connections: int = _DEFAULT_CONNECTIONS) -> None:
        """Deliver to `url` from now on, what waits first; an empty one ends delivery."""
        self._drop_lanes()
        self.url, self._secret, self._connections = url, secret, connections
        self._last_error = {}
        self._begin()

    def describe(self) -> dict[str, Any]:
        """The part that is saved with the world."""
        return {"url": self.url, "secret": self._secret, "connections": self._connections}

    def restore(self, saved: dict[str, Any]) -> None:
        self.set(**saved)

    def info(self) -> dict[str, Any]:
        """The Bot API's WebhookInfo."""
        info: dict[str, Any] = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }
        if self.url:
            info |= {"max_connections": self._connections, "ip_address": "127.0.0.1"}
        allowed = {"allowed_updates": list(self._updates.allowed)} if self._updates.allowed else {}
        return info | self._last_error | allowed

    async def start(self) -> None:
        """Begin delivering when an address is set (now, or one day)."""
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        self._begin()

    async def stop(self) -> None:
        """End what is under way; what was not delivered stays pending."""
        tasks = list(self._tasks)
        self._drop_lanes()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _begin(self) -> None:
        if not self.url or self._session is None:
            return
        self._slots = asyncio.Semaphore(self._connections)
        self._updates.listener = self._take
        for update in self._updates.waiting():
            self._take(update)

    def _drop_lanes(self) -> None:
        self._updates.listener = None
        self._lanes.clear()
        for task in self._tasks:
            task.cancel()

    def _take(self, update: Update) -> None:
        key = (update.kind == "callback_query", update.lane)
        lane = self._lanes.setdefault(key, deque())
        lane.append(update)
        if len(lane) == 1:
            task = asyncio.get_running_loop().create_task(self._run(key, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, key: Lane, lane: deque[Update]) -> None:
        """Deliver a lane until it is empty."""
        while lane:
            await self._deliver(lane[0])
            if self.comes_again is not None and self.comes_again(lane[0].lane):
                await self._deliver(lane[0])
            self._updates.remove(lane[0].id)
            lane.popleft()
        if self._lanes.get(key) is lane:
            del self._lanes[key]

    async def _deliver(self, update: Update) -> None:
        """Try until it is taken or too old."""
        wait = self.first_wait
        while update.expires > self._clock():
            pause = await self._post(update)
            if pause is None:
                return
            await asyncio.sleep(max(wait, pause))
            wait = min(2 * wait, _LONGEST_WAIT)

    async def _post(self, update: Update) -> float | None:
        """One try: None when the bot took it, else the seconds it asked us to wait."""
        assert self._session is not None
        headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: self._secret} if self._secret else {})
        try:
            async with self._slots, self._session.post(self.url, data=update.body, headers=headers) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            self._note("Read timeout expired" if isinstance(error, TimeoutError) else f"Connection failed: {error}")
            return 0.0
        if 200 <= response.status < 300:
            await self._reply(body)
            return None
        self._note(f"Wrong response from the webhook: {response.status} {response.reason}")
        after = response.headers.get("Retry-After", "")
        return float(after) if after.isdigit() else 0.0

    async def _reply(self, body: bytes) -> None:
        """The bot may answer an update with a method call; its result goes nowhere."""
        if self.answer is None or not body.lstrip().startswith(b"{"):
            return
        try:
            call = orjson.loads(body)
        except orjson.JSONDecodeError:
            log.info("the webhook's answer is no JSON")
            return
        if "method" in call:
            await self.answer(call)

    def _note(self, words: str) -> None:
        self._last_error = {"last_error_date": int(self._clock()), "last_error_message": words}
