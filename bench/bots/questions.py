"""The flow of ten questions, shared by the bots in Python; knows no framework."""

import asyncio
import os
import random

if os.environ.get("SSL_CERT_FILE"):  # over HTTPS: libraries that insist on certifi trust the certificate of the load server too
    import certifi

    certifi.where = lambda: os.environ["SSL_CERT_FILE"]

API = os.environ["BOT_API"]
TOKEN = os.environ["BOT_TOKEN"]
K = int(os.environ["FLOW_K"])
STORE_MS = float(os.environ.get("STORE_MS", "0"))  # in bursts: the state store takes 0 to so many milliseconds


def question(n: int, answers: list[str]) -> str:
    """The text of question `n`: its number, and every answer that is stored so far."""
    return f"Q{n}/{K} Please tell us about item number {n}.\ngot={','.join(answers)}"


def buttons(n: int) -> list[tuple[str, str]] | None:
    """(label, callback data) of the inline keyboard, or None where words are wanted."""
    return [(choice, f"a{n}:{choice}") for choice in ("Yes", "No", "Maybe")] if n % 2 else None


async def store_delay() -> None:
    """As long as the state store takes."""
    if STORE_MS:
        await asyncio.sleep(random.uniform(0, STORE_MS) / 1000)
