"""What the bot says by itself is said in the person's language, wherever it is said."""

import re
import string
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from handlers.rendering import sentences
from handlers.rendering.languages import en
from handlers.rendering.sentences import commands, sentence
from tests.chat import Chat, RunningBot, labels_of, run_bot, text_of, write_programme

ROOMS = Path(__file__).parents[3] / "handlers"
STEPS = [
    {"type": "integer", "name": "age", "label": "How old?"},
    {"type": "timer", "name": "wait", "label": "Wait.", "seconds": 3},
    {"type": "text", "name": "word", "label": "A word?"},
]


def marked(words: dict[str, str]) -> dict[str, str]:
    return {name: f"~{text}~" for name, text in words.items()}


@pytest.fixture
def tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language whose words are the English ones between tildes."""
    table = SimpleNamespace(SENTENCES=marked(en.SENTENCES), COMMANDS=marked(en.COMMANDS), ADMIN_COMMANDS=marked(en.ADMIN_COMMANDS))
    monkeypatch.setitem(sentences.LANGUAGES, "xx", table)  # type: ignore[arg-type]


@pytest.fixture
async def running(tilde: None, tmp_path: Path) -> AsyncIterator[RunningBot]:
    folder = write_programme(
        tmp_path / "programmes", "trial", {"menu": ["walk", "rest"], "consent": "May I?"}, walk=STEPS, rest=STEPS
    )
    async with run_bot(folder, tmp_path, ADMIN_IDS="100001") as opened:
        yield opened


@pytest.fixture
def chat(running: RunningBot) -> Chat:
    return running.person(language_code="xx-YY")


@pytest.mark.parametrize(("language", "marks"), [("xx", True), ("xx-YY", True), ("", False), ("en", False), ("yy", False)])
def test_a_language_is_found_by_its_tag_or_the_wider_one_else_english_speaks(tilde: None, language: str, marks: bool) -> None:
    assert sentence("menu", language) == ("~Menu~" if marks else "Menu")
    assert commands(language)["help"].startswith("~") == marks
    assert set(commands(language, is_admin=True)) == {*en.COMMANDS, *en.ADMIN_COMMANDS}


async def test_questions_complaints_buttons_and_countdowns_are_in_the_persons_language(running: RunningBot, chat: Chat) -> None:
    chat.send("/start trial__walk")
    await chat.see("May I?", "~Agree~", "~No thanks~")
    chat.press("~Agree~")
    await chat.see("How old?")
    chat.send("old")
    await chat.see("~Please send a whole number, like 7.~")
    chat.send("7")
    await chat.see("Wait.")
    await chat.until(lambda: "s left~" in text_of(chat.messages[-1]), "the countdown")
    await chat.see("A word?")
    chat.send("/start")
    await chat.see("~You are in the middle of “Walk”. Would you like to go on?~", "~Continue~", "~Start again~")
    chat.press("~Continue~")
    await chat.see("A word?")
    chat.send("yes")
    await chat.see("~That was “Walk”.~", "~Menu~")


async def test_every_page_is_in_the_persons_language(running: RunningBot, chat: Chat) -> None:
    chat.send("/start trial__walk")
    await chat.see("May I?")
    chat.press("~Agree~")
    await chat.see("How old?")
    for command in ("help", "privacy", "progress", "pause", "resume", "settings", "forget", "nonsense", "reload"):
        chat.send(f"/{command}")
        message = await chat.next()
        words = text_of(message)
        assert words.startswith("~"), f"/{command}: {words}"
        assert all(label.startswith(("~", "0", "1", "2")) for label in labels_of(message)), f"/{command}: {labels_of(message)}"


async def test_a_burst_a_refusal_and_trouble_are_told_of_in_the_persons_language(running: RunningBot, chat: Chat) -> None:
    for number in range(60):
        chat.send(f"word {number}")
    await running.idle()
    assert all(text_of(message).startswith(("~", "May I?")) for message in chat.messages)
    assert any(text_of(message).startswith("~One moment") for message in chat.messages)


def test_every_sentence_is_said_somewhere() -> None:
    """A sentence that nobody says would be translated in vain."""
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in (ROOMS, ROOMS.parent / "flow")
        for path in folder.rglob("*.py")
        if path.parent.name != "languages"
    )
    assert [name for name in en.SENTENCES if not re.search(rf"[\"']{name}[\"']", code)] == []


def test_placeholders_are_plain_names() -> None:
    for words in en.SENTENCES.values():
        assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(words))
