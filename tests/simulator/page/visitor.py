"""What a visitor of the chat page does again and again, and how the page is served to them."""

from playwright.async_api import expect

from simulator.bot_api.server import Simulator
from simulator.page.page import add_page


async def serve(world, port=0):
    simulator = Simulator(world, port=port)
    add_page(simulator.app, world)
    await simulator.start()
    return simulator


async def open_chat(page, world, name):
    person = world.add_person(name)
    await page.get_by_role("button", name=name).first.click()
    await expect(page.get_by_role("heading", level=2, name=name)).to_be_visible()
    return person


async def start(page, world, name="Mona"):
    person = await open_chat(page, world, name)
    await page.get_by_role("button", name="START").click()
    await expect(page.locator(".key")).to_have_count(3)
    return person


async def say(page, text, chat=None):
    field = (chat or page).get_by_role("textbox", name="Message")
    await field.fill(text)
    await field.press("Enter")
