"""MODE=webhook: Telegram brings the updates, one in each request; 200 says that it is durable here.

The secret is compared before anything of the body is read. Nothing of a body is ever logged.
"""

import asyncio
import hmac
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from database.store import StoreUnavailable
from handlers.api.answers import ApiError, TokenRefused, Unreachable
from handlers.api.lenient import keep_readable, read_leniently, read_single
from handlers.api.transport import Telegram
from handlers.incoming.intake import ALLOWED
from utils.outages import Outage, backoff
from web.errors import WebhookRefused

logger = logging.getLogger("waymark.webhook")

PATH = "/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST_BODY = 2**20  # bytes; Telegram's updates have some kilobytes
CONNECTIONS = 100  # the most that Telegram makes at once: requests that wait together share one commit
COMMIT_SECONDS = 10.0  # for the commit; Telegram gives up a request after a minute and sends it again

TakeIn = Callable[[Sequence[dict[str, Any]], float], Coroutine[Any, Any, object]]


class Webhook:
    """`take_in` commits updates within so many seconds or raises StoreUnavailable; `is_crowded` tells when to come later."""

    def __init__(self, telegram: Telegram, take_in: TakeIn, is_crowded: Callable[[], bool], url: str, secret: str) -> None:
        self._telegram, self._take_in, self._is_crowded = telegram, take_in, is_crowded
        self._secret = secret.encode()
        path = urlsplit(url).path
        self.url = url if path else url + PATH
        self.paths = {PATH, path or PATH}  # a proxy may hand requests on under either
        self._open = False
        self._away = Outage("Telegram", logger)

    async def receive(self) -> None:
        """For ever: tell Telegram the address, take what comes. Raises WebhookRefused, TokenRefused."""
        self._open = True
        try:
            await self._announce()
            await asyncio.Event().wait()
        finally:
            self._open = False

    async def handle(self, request: web.Request) -> web.Response:
        """401, 413, 415 and 400 for what is not Telegram's; 503: again later; 200: it is durable here."""
        shown = request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(shown, self._secret):
            return web.Response(status=401)
        if request.content_type != "application/json":
            return web.Response(status=415)
        if (request.content_length or 0) > LARGEST_BODY:
            return web.Response(status=413)
        if not self._open or self._is_crowded():
            return web.Response(status=503)
        raw = _read_update(await request.read())  # a body that grows beyond LARGEST_BODY is aiohttp's 413
        if raw is None:
            return web.Response(status=400)
        try:
            await self._take_in([raw], COMMIT_SECONDS)
        except StoreUnavailable:  # logged where it was stored
            return web.Response(status=503)
        return web.Response()

    async def _announce(self) -> None:
        params = {
            "url": self.url,
            "secret_token": self._secret.decode(),
            "allowed_updates": ALLOWED,
            "max_connections": CONNECTIONS,
            "drop_pending_updates": False,
        }
        attempt = 0
        while True:
            try:
                await self._telegram.call("setWebhook", params)
                self._away.over()
                logger.info("Telegram brings updates to %s", self.url)
                return
            except Unreachable as error:
                wait = self._later(error, attempt)
            except ApiError as error:
                wait = self._refused(error)
            attempt += 1
            await asyncio.sleep(wait)

    def _later(self, error: Unreachable, attempt: int) -> float:
        self._away.report(error)
        return backoff(attempt + 2)

    def _refused(self, error: ApiError) -> float:
        """Seconds to wait. Raises WebhookRefused or TokenRefused when waiting does not help."""
        if error.code == 429:
            return error.retry_after
        if error.code in (401, 404):
            raise TokenRefused(str(error)) from error
        raise WebhookRefused(f"WEBHOOK_URL: Telegram does not accept it: {error.description}") from error


def _read_update(body: bytes) -> dict[str, Any] | None:
    """None for what is no update at all. One that nobody can read is known by its id: Telegram has to be told that it was taken."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            raw = keep_readable(read_leniently(body))
        except ValueError:
            raw = read_single(body)
    return raw if isinstance(raw, dict) and isinstance(raw.get("update_id"), int) else None
