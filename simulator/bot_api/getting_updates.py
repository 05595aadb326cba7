"""getUpdates and the webhook's methods."""

from typing import Any
from urllib.parse import urlsplit

import orjson

from simulator.bot_api.checks import Params, Refusal, bad, read_flag, read_integer, read_json, read_string
from simulator.world.loopback import is_loopback
from simulator.world.updates import PollEnded
from simulator.world.world import World

_LONGEST_POLL = 50  # seconds
_SECRET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_LONGEST_SECRET = 256


async def get_updates(world: World, params: Params) -> orjson.Fragment:
    if world.webhook.url:
        raise Refusal(
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first", 409
        )
    offset = read_integer(params, "offset", 0)
    limit = read_integer(params, "limit", 100, 1, 100)
    seconds = read_integer(params, "timeout", 0, 0, _LONGEST_POLL)
    _remember_allowed(world, params)
    try:
        bodies = await world.updates.poll(offset, limit, seconds)
    except PollEnded as error:
        raise Refusal(str(error), 409) from None
    return orjson.Fragment(b"[" + b",".join(bodies) + b"]")


def set_webhook(world: World, params: Params) -> bool:
    url = read_string(params, "url")
    if url and not url.startswith(("https://", "http://")):
        raise bad("bad webhook: Wrong HTTP URL specified")
    if url and world.is_closed and not is_loopback(urlsplit(url).netloc):
        raise bad("bad webhook: this demo brings updates to this machine only")
    secret = read_string(params, "secret_token")
    if len(secret) > _LONGEST_SECRET or not _SECRET.issuperset(secret):
        raise bad("secret token contains unallowed characters" if len(secret) <= _LONGEST_SECRET else "secret token is too long")
    _remember_allowed(world, params)
    return _set(world, params, url, secret)


def delete_webhook(world: World, params: Params) -> bool:
    return _set(world, params, "", "")


def get_webhook_info(world: World, params: Params) -> dict[str, Any]:
    return world.webhook.info()


def _set(world: World, params: Params, url: str, secret: str) -> bool:
    if read_flag(params, "drop_pending_updates"):
        world.updates.clear()
    if url:
        world.updates.end_poll("terminated by setWebhook request")
    world.webhook.set(url, secret, read_integer(params, "max_connections", 40, 1, 100))
    return True


def _remember_allowed(world: World, params: Params) -> None:
    """The list holds until another is sent; an empty one is the default; None leaves it as it is."""
    allowed = read_json(params, "allowed_updates", "allowed_updates")
    if isinstance(allowed, list):
        world.updates.allowed = tuple(str(kind) for kind in allowed)
