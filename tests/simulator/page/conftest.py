"""The chat page in a real browser: skipped with its reason where there is no chromium, but never in CI."""

import asyncio
import os
import shutil
from contextlib import suppress

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from simulator.world.world import World
from tests.simulator.page.bot import TOKEN, Bot
from tests.simulator.page.visitor import serve

CHROMIUM = shutil.which("chromium")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser():
    if CHROMIUM is None:
        reason = "there is no chromium on this machine"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
def world():
    return World(TOKEN)


@pytest_asyncio.fixture(loop_scope="module")
async def simulator(world):
    simulator = await serve(world)
    yield simulator
    await simulator.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def bot(simulator):
    async with aiohttp.ClientSession() as session:
        bot = Bot(simulator.url, session)
        commands = [{"command": "start", "description": "Begin"}, {"command": "stop", "description": "End"}]
        await bot.call("setMyCommands", commands=commands)
        running = asyncio.create_task(bot.run())
        yield bot
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser, simulator, bot):
    """The open page; whatever goes wrong in its scripts fails the test."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(simulator.url)
    yield page
    await context.close()
    assert errors == []
