"""The way in: consent, several programmes, a programme of one flow, silence, content that changes."""

from pathlib import Path

from tests.chat import RunningBot, run_bot, write_programme

STEPS = [{"type": "text", "name": "word", "label": "A word?"}]


async def test_consent_is_asked_before_anything_and_no_leaves_nothing(tmp_path: Path) -> None:
    folder = write_programme(tmp_path / "programmes", "study", {"menu": ["one"], "consent": "We keep **your answers**."}, one=STEPS)
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        chat.send("/start study__one")
        await chat.see("We keep your answers.", "Agree", "No thanks")
        chat.press("No thanks")
        await chat.see("Nothing about you is kept.")
        await running.idle()
        assert await running.store.find_person(chat.person) is None
        chat.send("/start study__one")
        await chat.see("We keep")
        chat.press("Agree")
        await chat.see("A word?")
        record = await running.store.find_person(chat.person)
        assert record is not None and list(record.consents) == ["study"]


async def test_words_instead_of_consent_ask_again(tmp_path: Path) -> None:
    folder = write_programme(tmp_path / "programmes", "study", {"menu": ["one"], "consent": "May we?"}, one=STEPS)
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        chat.send("/start")
        await chat.see("May we?")
        chat.send("what?")
        await chat.see("May we?", "Agree", "No thanks")


async def test_with_several_programmes_start_asks_which(tmp_path: Path) -> None:
    folder = write_programme(tmp_path / "programmes", "alpha", {"menu": ["one"]}, one=STEPS)
    write_programme(folder, "beta", {"menu": ["one", "two"]}, one=STEPS, two=STEPS)
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        chat.send("/start")
        await chat.see("Which programme would you like?", "Alpha", "Beta")
        chat.press("Beta")
        await chat.see("What would you like to do?", "One", "Two")


async def test_who_was_silent_for_long_is_asked_whether_to_go_on(tmp_path: Path) -> None:
    folder = write_programme(tmp_path / "programmes", "study", {"menu": ["one"], "inactivity": {"ask_after": "1s"}}, one=STEPS)
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        chat.send("/start")
        await chat.see("A word?")
        await _pass_time(running, 2)
        chat.send("hello")
        await chat.see("You are in the middle", "Continue", "Start again")
        chat.press("Continue")
        await chat.see("A word?")
        chat.send("hello")
        await chat.see("That was “One”.")


async def _pass_time(running: RunningBot, seconds: float) -> None:
    from datetime import UTC, datetime, timedelta

    from utils import clock

    await running.idle()
    clock.set(lambda: datetime.now(UTC) + timedelta(seconds=seconds))


async def test_who_is_inside_finishes_the_content_they_began_with(tmp_path: Path) -> None:
    steps = [*STEPS, {"type": "text", "name": "second", "label": "Another?"}]
    folder = write_programme(tmp_path / "programmes", "study", {"menu": ["one"]}, one=steps)
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        chat.send("/start")
        await chat.see("A word?")
        await running.idle()
        world = running.world
    write_programme(folder, "study", {"menu": ["one"]}, one=[{"type": "text", "name": "other", "label": "All new?"}])
    async with run_bot(folder, tmp_path, world) as running:
        chat.send("yes")
        await chat.see("Another?")
        chat.send("no")
        await chat.see("That was “One”.")
        chat.send("/start study__one")
        await chat.see("All new?")
