"""Results and refusals as the Bot API sends them."""

from typing import Any

import orjson
from aiohttp import web

from simulator.bot_api.checks import Refusal


def make_answer(result: Any) -> web.Response:
    """`{"ok": true, "result": …}`."""
    return web.Response(body=orjson.dumps({"ok": True, "result": result}), content_type="application/json")


def make_refusal(refusal: Refusal) -> web.Response:
    """`{"ok": false, …}`; the seconds of a 429 stand in the header too, as the real server sends them."""
    body: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    seconds = (refusal.parameters or {}).get("retry_after")
    headers = {"Retry-After": str(seconds)} if seconds else None
    return web.Response(status=refusal.code, body=orjson.dumps(body), content_type="application/json", headers=headers)
