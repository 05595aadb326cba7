"""The clock below the people: what it shows, how it is put forward, and that the bot beside lives by it."""

import asyncio
import os
import shutil
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from simulator.world.clock_file import ClockFile
from tests.simulator.page.bot import TOKEN
from tests.simulator.page.visitor import open_chat, serve, start

ROOT = Path(__file__).parents[3]
KATHMANDU = "Asia/Kathmandu"  # neither the machine's zone nor a whole hour from it
NOON = datetime(2030, 3, 1, 12, 0, 30, tzinfo=UTC).timestamp()

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def noon(world):
    """The demo is told that it is noon in Greenwich, 17:45 where the visitor is."""
    world.put_clock(NOON)


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser, noon, simulator, bot):
    """The page of a visitor in Kathmandu."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, timezone_id=KATHMANDU, locale="en-GB")
    page = await context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(simulator.url)
    yield page
    await context.close()
    assert errors == []


async def open_clock(page):
    await page.locator(".clock-button").click()
    await expect(page.get_by_role("dialog", name="The demo's clock")).to_be_visible()


async def test_shows_the_time_that_is_told_and_goes_on_by_an_hour_at_a_time(page, world):
    await expect(page.locator(".clock-time")).to_have_text("17:45")
    await expect(page.locator(".clock-date")).to_have_text("Fri 1 Mar")
    await open_clock(page)
    for time in ("18:45", "19:45"):
        await page.get_by_role("button", name="+1 hour").click()
        await expect(page.locator(".clock-face")).to_have_text(time)
        await expect(page.locator(".clock-time")).to_have_text(time)
        await expect(page.get_by_label("Any later moment")).to_have_value(f"2030-03-01T{time}")
    assert 7200 <= world.now() - NOON < 7260


async def test_messages_and_days_of_a_chat_follow_it(page, world):
    await start(page, world)
    await expect(page.locator(".day")).to_have_text(["Today"])
    await open_clock(page)
    await page.get_by_role("button", name="Tomorrow 19:00").click()
    await expect(page.locator(".clock-date")).to_have_text("Sat 2 Mar")
    await expect(page.locator(".day")).to_have_text(["Yesterday"])
    await expect(page.locator(".person-time")).to_have_text("1 Mar")
    world.post(world.chat(world.next_person - 1), {"text": "Good evening"})
    await expect(page.locator(".day")).to_have_text(["Yesterday", "Today"])
    await expect(page.locator(".entry time").last).to_have_text("19:00")
    await page.reload()
    await expect(page.locator(".clock-time")).to_have_text("19:00")
    await expect(page.locator(".day")).to_have_text(["Yesterday", "Today"])


async def test_of_the_days_that_were_passed_the_last_alone_is_seen(page, world):
    """All of them stick to the upper edge."""
    person = await start(page, world)
    for _ in range(3):
        world.put_clock(world.now() + 86_400)
        for number in range(20):
            world.post(world.chat(person.id), {"text": f"Message {number}"})
    await expect(page.locator(".day")).to_have_count(4)
    await expect(page.locator(".day:visible")).to_have_text(["Today"])
    await page.locator(".scroller").evaluate("(node) => node.scrollTo(0, 0)")
    await expect(page.locator(".day").first).to_be_visible()


async def test_goes_to_any_later_moment_and_says_why_not_to_an_earlier_one(page, world):
    await open_clock(page)
    await page.get_by_label("Any later moment").fill("2030-04-05T06:07")
    await page.get_by_role("button", name="Set").click()
    await expect(page.locator(".clock-face")).to_have_text("06:07")
    told = world.ahead
    await page.get_by_label("Any later moment").fill("2030-04-04T06:07")
    await page.get_by_role("button", name="Set").click()
    await expect(page.get_by_role("alert").filter(has_text="forward only")).to_be_visible()
    assert world.ahead == told


async def test_is_worked_by_the_keyboard_alone(page, world):
    await page.locator(".clock-button").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="+1 hour")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".clock-face")).to_have_text("19:00")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator(".clock-button")).to_be_focused()
    assert datetime.fromtimestamp(world.now(), UTC).strftime("%d %H:%M") == "02 13:15"


async def test_on_a_phone_it_is_reached_from_a_chat_and_makes_room_afterwards(page, world):
    await page.set_viewport_size({"width": 390, "height": 780})
    await open_chat(page, world, "Mona")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Put the clock forward").click()
    await page.get_by_role("button", name="+1 hour").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert world.now() - NOON >= 3600


# --- the bot itself beside the page


@pytest_asyncio.fixture(loop_scope="module")
async def calm(browser, world, tmp_path):
    """The page with our own bot beside it, as in the demo; the sample programme is all it serves."""
    ClockFile(tmp_path / "clock").lead(world)
    world.put_clock(NOON)
    simulator = await serve(world)
    shutil.copytree(ROOT / "programmes" / "calm", tmp_path / "programmes" / "calm")
    environment = {
        **os.environ,
        "BOT_TOKEN": TOKEN.replace("TEST", "A" * 30),
        "BOT_API_URL": simulator.url,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
        "PROGRAMMES": str(tmp_path / "programmes"),
        "DEFAULT_TIMEZONE": KATHMANDU,
    }
    world.token = environment["BOT_TOKEN"]
    command = (sys.executable, ROOT / "trials" / "run.py", "--clock", tmp_path / "clock")
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=tmp_path)
    context = await browser.new_context(timezone_id=KATHMANDU, locale="en-GB")
    page = await context.new_page()
    await page.goto(simulator.url)
    yield page
    await context.close()
    with suppress(ProcessLookupError):
        process.terminate()
    await process.wait()
    await simulator.stop()


async def test_tomorrow_at_seven_brings_the_reminder_of_calm(calm, world):
    """The evening that was begun today and left: the bot writes by itself, in the zone of whoever looks at the page."""
    await open_chat(calm, world, "Mona")
    await calm.get_by_role("button", name="START").click()
    await calm.get_by_role("button", name="Agree").click(timeout=20_000)
    await open_clock(calm)
    for words in ("Good evening, Mona", "One honest word", "or you are not safe right now"):
        await expect(calm.locator(".entry.in", has_text=words)).to_be_visible(timeout=20_000)
        await calm.get_by_role("button", name="+1 hour").click()  # nobody waits for the pause between two messages
    await calm.get_by_role("button", name="Tomorrow 19:00").click()
    reminder = calm.locator(".entry.in", has_text="“Notice”").last
    await expect(reminder).to_be_visible(timeout=20_000)
    await expect(reminder.locator("time")).to_have_text("19:00")
    await expect(calm.locator(".day").last).to_have_text("Today")
