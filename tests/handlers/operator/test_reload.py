"""Programmes read again while people are inside: who begins gets the new, who is inside the old, nobody gets what is wrong."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest

from authoring.load import load_programmes
from bot import read_programmes
from database.store import StoreUnavailable
from flow.programme import Programme
from handlers.incoming.arrivals import Arrival
from handlers.operator.reload import Reading, Reloader, tell_changes
from handlers.visit.catalogue import Catalogue
from tests.chat import Chat, RunningBot, run_bot, text_of, write_programme
from tests.lines import make_lines
from tests.process import open_bot

OLD = [
    {"type": "select_one", "name": "one", "label": "First as it was?", "choices": ["Yes", "No"]},
    {"type": "text", "name": "two", "label": "Second as it was?"},
]
NEW = [
    {"type": "text", "name": "zero", "label": "First anew?"},
    {"type": "text", "name": "two", "label": "Second anew?"},
]
GARBAGE = "title: Walk\nsteps:\n  - {type: tekst, name: one, label: One}\n  - [unfinished\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One programme with one flow."""
    return write_programme(tmp_path / "programmes", "trial", {"menu": ["walk"]}, walk=OLD)


@pytest.fixture
async def running(folder: Path, tmp_path: Path) -> Any:
    """The bot that serves it, and its operator is the first person."""
    async with run_bot(folder, tmp_path, ADMIN_IDS="100001") as opened:
        yield opened


def rewrite(folder: Path) -> None:
    """The flow in its new form, and a programme more."""
    write_programme(folder, "trial", {"menu": ["walk"]}, walk=NEW)
    write_programme(folder, "extra", {"menu": ["walk"]}, walk=OLD)


async def begin(chat: Chat, first: str) -> None:
    chat.send("/start trial__walk")
    await chat.see(first)


async def test_a_flow_edited_while_100_people_are_inside(running: RunningBot, folder: Path) -> None:
    admin, inside = running.person("Operator"), [running.person(f"Inside {number}") for number in range(100)]
    await asyncio.gather(*(begin(chat, "First as it was?") for chat in inside))
    await asyncio.to_thread(rewrite, folder)
    admin.send("/reload")
    said = text_of(await admin.see("The programmes were read again."))
    assert "New: extra" in said and "Changed: trial" in said and "No longer" not in said
    newcomer = running.person("Newcomer")
    await begin(newcomer, "First anew?")
    for chat in inside:
        chat.press("Yes")
    for chat in inside:
        await chat.see("Second as it was?")
        chat.send("words")
    for chat in inside:
        await chat.see("That was “Walk”.")
    await begin(inside[0], "First anew?")
    await running.idle()
    for chat in inside:
        (run,) = await running.store.list_runs(chat.person)
        assert [(answer["step"], answer["value"]) for answer in run["answers"]] == [("one", "Yes"), ("two", "words")]


async def test_who_is_inside_finishes_it_after_a_restart_too(folder: Path, tmp_path: Path) -> None:
    async with run_bot(folder, tmp_path) as running:
        chat = running.person()
        await begin(chat, "First as it was?")
        await asyncio.to_thread(rewrite, folder)
        await running.service.reloader.reload()
        world = running.world
    async with run_bot(folder, tmp_path, world) as running:
        chat.press("Yes")
        await chat.see("Second as it was?")


async def test_garbage_changes_nothing_and_the_admin_reads_file_line_and_reason(
    running: RunningBot, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    admin, chat = running.person("Operator"), running.person()
    await begin(chat, "First as it was?")
    live = dict(running.service.catalogue.live)
    await asyncio.to_thread((folder / "trial" / "walk.yaml").write_text, GARBAGE, "utf-8")
    write_programme(folder, "extra", {"menu": ["walk"]}, walk=OLD)
    expected = [str(finding) for finding in await asyncio.to_thread(lambda: load_programmes(folder).errors)]
    admin.send("/reload")
    said = text_of(await admin.see("The programmes have errors, so the old ones keep serving."))
    assert said.split("\n\n")[1].split("\n") == expected
    assert expected and all("trial/walk.yaml:" in line and ": error: " in line for line in expected)
    assert all(line in caplog.text for line in expected)
    assert running.service.catalogue.live == live
    newcomer = running.person("Newcomer")
    await begin(newcomer, "First as it was?")
    chat.press("Yes")
    await chat.see("Second as it was?")
    await asyncio.to_thread(rewrite, folder)
    admin.send("/reload")
    await admin.see("The programmes were read again.")


async def test_many_errors_are_told_all_in_parts(running: RunningBot, folder: Path) -> None:
    admin = running.person("Operator")
    steps = [{"type": "text", "name": f"step-{number}", "label": "${unknown_" + str(number) + "}"} for number in range(200)]
    await asyncio.to_thread(write_programme, folder, "trial", {"menu": ["walk"]}, walk=steps)
    admin.send("/reload")
    await admin.see("The programmes have errors")
    await running.idle()
    said = "\n".join(text_of(message) for message in admin.messages)
    assert len(admin.messages) > 1
    assert [number for number in range(200) if f"unknown_{number}" not in said] == []


async def test_when_nothing_changed_the_admin_reads_so(running: RunningBot) -> None:
    admin = running.person("Operator")
    before = running.service.catalogue.live["trial"]
    admin.send("/reload")
    await admin.see("The programmes were read again. Nothing has changed.")
    assert running.service.catalogue.live["trial"] is before


async def test_only_admins_may_reload(running: RunningBot, folder: Path) -> None:
    running.person("Operator")
    other = running.person("Else")
    await asyncio.to_thread(rewrite, folder)
    other.send("/reload")
    await other.see("I don't know /reload.")
    assert list(running.service.catalogue.live) == ["trial"]


async def test_sighup_reloads_the_real_process_and_tells_the_admins(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as bot:
        folder = write_programme(tmp_path / "programmes", "trial", {"menu": ["walk"]}, walk=OLD)
        admin, chat = (Chat(bot.world, bot.world.add_person(name).id) for name in ("Operator", "Mona"))
        async with bot.serving(tmp_path / "log", ADMIN_IDS=str(admin.person)) as process:
            admin.send("/help")
            await admin.see("/reload")
            await asyncio.to_thread((folder / "trial" / "walk.yaml").write_text, GARBAGE, "utf-8")
            process.send_signal(signal.SIGHUP)
            await admin.see("trial/walk.yaml:")
            await begin(chat, "First as it was?")
            await asyncio.to_thread(rewrite, folder)
            process.send_signal(signal.SIGHUP)
            await admin.see("Changed: trial")
            chat.press("Yes")
            await chat.see("Second as it was?")
    assert "trial/walk.yaml:" in (tmp_path / "log").read_text(encoding="utf-8")


# --- the parts


def load(title: str, *names: str) -> dict[str, Programme]:
    """Programmes of these names; their content depends on the title."""
    flow = {"title": title, "steps": [{"type": "note", "name": "n", "label": title}]}
    heads = ({"programme": name, "title": name, "menu": ["walk"]} for name in names)
    return {str(head["programme"]): Programme.load({"programme": head, "flows": {"walk": flow}}) for head in heads}


class Shelf:
    """Keeps contents, unless it is away."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.away = False

    async def save_content(self, digest: str, programme: str, source: Any) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.kept.append(digest)


async def test_new_content_is_durable_before_it_is_served_and_else_the_old_stays() -> None:
    shelf = Shelf()
    old, new = load("Old", "a", "b"), load("New", "b", "c")
    catalogue = Catalogue(old, shelf)  # type: ignore[arg-type]
    shelf.away = True
    with pytest.raises(StoreUnavailable):
        await catalogue.replace(new)
    assert catalogue.live == old and catalogue.find_known(new["b"].digest) is None
    shelf.away = False
    await catalogue.replace(new)
    assert catalogue.live == new and shelf.kept == [new["b"].digest, new["c"].digest]
    assert [catalogue.find_known(one.digest) for one in (*old.values(), *new.values())] == [*old.values(), *new.values()]


async def test_an_update_that_is_tried_again_hears_what_had_changed() -> None:
    catalogue = Catalogue(load("Old", "a"), Shelf())  # type: ignore[arg-type]
    told: list[Arrival] = []
    reloader = Reloader(lambda: Reading(load("New", "a")), catalogue, [1], make_lines(told.append))
    first = await reloader.reload(7)
    assert "Changed: a" in first
    assert await reloader.reload(7) == first
    assert "Nothing has changed" in await reloader.reload(8)
    assert told == []


async def test_after_a_fault_in_the_loader_the_next_signal_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    readings: list[Any] = [RuntimeError("a fault"), StoreUnavailable("away"), Reading(load("New", "a"))]
    told: list[str] = []

    def read() -> Reading:
        reading = readings.pop(0)
        if isinstance(reading, Exception):
            raise reading
        return reading

    reloader = Reloader(read, Catalogue(load("Old", "a"), Shelf()), [1], make_lines(lambda notice: told.append(notice.text)))  # type: ignore[arg-type]
    task = asyncio.create_task(reloader.watch())
    async with asyncio.timeout(5):
        for count in (1, 2, 3):
            reloader.asked.set()
            while len(told) < count:
                await asyncio.sleep(0.01)
    task.cancel()
    assert [words.split(".")[0] for words in told] == [
        "The programmes could not be read again, so the old ones keep serving",
        "The database does not answer, so the old programmes keep serving",
        "The programmes were read again",
    ]


def test_changes_are_told_by_name() -> None:
    before, after = load("Old", "a", "b", "c"), {**load("Old", "a"), **load("New", "b"), **load("New", "d")}
    assert tell_changes(before, after, "en") == "New: d\nChanged: b\nNo longer served: c"
    assert tell_changes(before, before, "en") == ""


def test_what_is_wrong_and_what_is_worth_a_look_are_told_apart(folder: Path) -> None:
    assert read_programmes(folder).errors == ()
    (folder / "trial" / "walk.yaml").write_text(GARBAGE, encoding="utf-8")
    reading = read_programmes(folder)
    assert reading.errors and not [line for line in reading.warnings if ": error: " in line]
