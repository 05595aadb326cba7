"""The page around the chats: several people, reading on, the keyboard, small screens, a server that comes and goes."""

import pytest
from playwright.async_api import expect

from tests.simulator.page.visitor import say, serve, start

MARKUP = "<img src=x onerror=\"document.title='broken in'\">"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_typed_markup_stays_text_everywhere(page, world):
    person = world.add_person(MARKUP)
    await page.locator(".person-open").click()
    await page.get_by_role("button", name="START").click()
    await say(page, MARKUP)
    await expect(page.locator(".entry.in .words").last).to_have_text(f"You wrote: {MARKUP}")
    await expect(page.locator(".person-name")).to_have_text(MARKUP)
    await expect(page.locator("h2")).to_have_text(MARKUP)
    await expect(page.locator(".entry.out .words").last).to_have_text(MARKUP)
    assert await page.locator("img[src=x]").count() == 0
    assert await page.title() == "Waymark: chats"
    assert world.chat(person.id).messages[-2]["text"] == MARKUP


async def test_two_people_side_by_side_keep_their_words_apart(page, world):
    await start(page, world, "Mona")
    world.add_person("Jonas")
    await page.get_by_role("button", name="Open Jonas beside").click(force=True)
    mona, jonas = page.locator(".chat").nth(0), page.locator(".chat").nth(1)
    await jonas.get_by_role("button", name="START").click()
    await expect(jonas.locator(".key")).to_have_count(3)
    await say(page, "from Mona", mona)
    await say(page, "from Jonas", jonas)
    await expect(mona.locator(".entry.in .words").last).to_have_text("You wrote: from Mona")
    await expect(jonas.locator(".entry.in .words").last).to_have_text("You wrote: from Jonas")
    boxes = [await chat.bounding_box() for chat in (mona, jonas)]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    await jonas.get_by_role("button", name="Close this chat").click()
    await expect(page.locator(".chat")).to_have_count(1)


async def test_a_reload_keeps_the_open_chats_and_what_was_said(page, world):
    await start(page, world, "Mona")
    world.add_person("Jonas")
    await page.get_by_role("button", name="Open Jonas beside").click(force=True)
    await expect(page.locator(".chat")).to_have_count(2)
    await page.reload()
    await expect(page.locator(".chat h2")).to_have_text(["Mona", "Jonas"])
    await expect(page.locator(".entry .words")).to_have_text(["/start", "How are you?"])
    await expect(page.locator(".key")).to_have_count(3)


async def test_counts_what_is_unread_until_the_chat_is_opened(page, world):
    await start(page, world, "Mona")
    jonas = world.add_person("Jonas")
    for text in ("one", "two"):
        world.post(world.chat(jonas.id), {"text": text})
    row = page.locator(".person", has_text="Jonas")
    await expect(row.locator(".unread")).to_have_text("2")
    await expect(row.locator(".person-last")).to_have_text("two")
    await row.locator(".person-open").click()
    await expect(row.locator(".unread")).to_have_count(0)
    await page.reload()
    await expect(row).to_be_visible()
    await expect(row.locator(".unread")).to_have_count(0)


async def test_a_reply_keyboard_says_its_words_and_folds(page, world):
    await start(page, world)
    await say(page, "/keys")
    keys = page.locator(".reply-keyboard .key")
    await expect(keys).to_have_text(["Standing", "Sitting", "Lying"])
    await keys.nth(1).click()
    await expect(page.locator(".entry.out .words").last).to_have_text("Sitting")
    await expect(page.locator(".reply-keyboard")).to_be_hidden()
    await page.get_by_role("button", name="Suggested answers").click()
    await expect(page.locator(".reply-keyboard")).to_be_visible()


async def test_a_slash_opens_the_commands_and_enter_takes_the_marked_one(page, world):
    await start(page, world)
    field = page.get_by_role("textbox", name="Message")
    await field.press("/")
    await expect(page.get_by_role("option")).to_have_text(["/startBegin", "/stopEnd"])
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(page.locator(".entry.out .words").last).to_have_text("/stop")
    await expect(page.get_by_role("listbox")).to_be_hidden()


async def test_enter_sends_and_shift_enter_makes_a_new_line(page, world):
    person = await start(page, world)
    field = page.get_by_role("textbox", name="Message")
    await field.press_sequentially("one")
    await field.press("Shift+Enter")
    await field.press_sequentially("two")
    await field.press("Enter")
    await expect(page.locator(".entry.out .words").last).to_have_text("one\ntwo")
    await expect(field).to_have_value("")
    assert world.chat(person.id).messages[2]["text"] == "one\ntwo"


async def test_stays_where_the_reader_scrolled_and_counts_what_is_new(page, world, bot):
    person = await start(page, world)
    for number in range(40):
        await bot.call("sendMessage", chat_id=person.id, text=f"line {number}")
    newest = page.locator(".entry").last
    await expect(newest).to_contain_text("line 39")
    await expect(newest).to_be_in_viewport()
    await page.locator(".scroller").hover()
    await page.mouse.wheel(0, -900)
    await expect(newest).not_to_be_in_viewport()
    await bot.call("sendMessage", chat_id=person.id, text="the latest")
    pill = page.get_by_role("button", name="1 new message")
    await expect(pill).to_be_visible()
    await expect(newest).not_to_be_in_viewport()
    await pill.click()
    await expect(newest).to_contain_text("the latest")
    await expect(newest).to_be_in_viewport()
    await expect(page.locator(".pill")).to_be_hidden()


async def test_reads_earlier_messages_when_scrolled_up(page, world):
    person = world.add_person("Mona")
    for number in range(200):
        world.post(world.chat(person.id), {"text": f"line {number}"})
    await page.get_by_role("button", name="Mona").first.click()
    await expect(page.locator(".entry")).to_have_count(150)
    await expect(page.locator(".entry").last).to_be_in_viewport()
    await page.locator(".scroller").evaluate("(scroller) => { scroller.scrollTop = 0 }")
    await expect(page.locator(".entry .words").first).to_have_text("line 0")
    await expect(page.locator(".entry")).to_have_count(200)
    await expect(page.locator("[data-message='51']")).to_be_in_viewport()


async def test_goes_on_after_the_demo_was_restarted(page, world, simulator):
    person = await start(page, world)
    banner = page.locator("#banner")
    await expect(banner).to_be_hidden()
    port = int(simulator.url.rpartition(":")[2])
    await simulator.stop()
    await expect(banner).to_be_visible()
    world.post(world.chat(person.id), {"text": "said meanwhile"})
    again = await serve(world, port)
    try:
        await expect(banner).to_be_hidden()
        await expect(page.locator(".entry.in .words").last).to_have_text("said meanwhile")
        world.post(world.chat(person.id), {"text": "said after"})
        await expect(page.locator(".entry.in .words").last).to_have_text("said after")
    finally:
        await again.stop()


async def test_can_be_used_with_the_keyboard_alone(page, world):
    world.add_person("Mona")
    opener = page.get_by_role("button", name="Mona").first
    await opener.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="START")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".key")).to_have_count(3)
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    await page.get_by_role("button", name="Tense").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".entry.in .words")).to_have_text("How are you?\ntense")


@pytest.mark.parametrize("width", [360, 390])
async def test_a_phone_shows_one_thing_at_a_time_and_never_scrolls_sideways(page, world, width):
    await page.set_viewport_size({"width": width, "height": 740})
    await expect(page.locator("#people")).to_be_visible()
    await start(page, world)
    await say(page, "/photo")
    await say(page, "/album")
    await say(page, "w" * 300)
    await say(page, "/keys")
    await expect(page.locator(".reply-keyboard")).to_be_visible()
    await expect(page.locator("#people")).to_be_hidden()
    for holder in ("document.documentElement", "document.querySelector('.scroller')"):
        assert await page.evaluate(f"{holder}.scrollWidth <= {holder}.clientWidth")
    await page.get_by_role("button", name="Back to the people").click()
    await expect(page.locator("#people")).to_be_visible()
    await expect(page.locator(".chat")).to_have_count(0)
