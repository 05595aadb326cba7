"""A bot with a small programme, and people to talk to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chat import Chat, RunningBot, run_bot, write_programme

WALK = [
    {"type": "note", "name": "hello", "label": "Good evening ${first_name}.", "pause": "0s"},
    {
        "type": "range",
        "name": "before",
        "label": "How tense are you?",
        "hint": "1 is calm",
        "parameters": {"start": 1, "end": 5, "step": 1},
    },
    {"type": "select_one", "name": "place", "label": "Where are you?", "choices": ["Standing", "Sitting"], "or_other": True},
    {"type": "select_multiple", "name": "things", "label": "What do you see?", "choices": ["Tree", "Lamp", "Sky"]},
    {
        "type": "integer",
        "name": "age",
        "label": "How old are you?",
        "constraint": ". < 130",
        "constraint_message": "Nobody is that old.",
    },
    {"type": "text", "name": "belief", "label": "I am …"},
    {"type": "note", "name": "bye", "label": "You are *${belief}* at ${age}.", "pause": "0s"},
]
BREATH = [
    {"type": "acknowledge", "name": "ready", "label": "Ready?"},
    {"type": "note", "name": "bye", "label": "Breathe.", "pause": "0s"},
]


@pytest.fixture
def programmes(tmp_path: Path) -> Path:
    """The folder of one programme with a day of its own, a second one, and two flows in the menu."""
    return write_programme(
        tmp_path / "programmes",
        "calm",
        {"days": ["walk", "rest"], "menu": ["breath", "count"]},
        walk=WALK,
        rest=BREATH,
        breath=BREATH,
        count=[
            {"type": "timer", "name": "wait", "label": "Count", "seconds": 1},
            {"type": "note", "name": "n", "label": "Counted ${wait}.", "pause": "0s"},
        ],
    )


@pytest.fixture
async def running(programmes: Path, tmp_path: Path) -> AsyncIterator[RunningBot]:
    """The bot that serves it."""
    async with run_bot(programmes, tmp_path, ADMIN_IDS="100001") as opened:
        yield opened


async def begin(running: RunningBot) -> Chat:
    """Somebody new, who was asked the first question."""
    chat = running.person()
    chat.send("/start")
    await chat.see("Good evening Mona")
    await chat.see("How tense")
    return chat
