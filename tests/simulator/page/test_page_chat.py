"""One chat on the page: what the bot sends is shown, what the person does reaches the bot."""

import pytest
from playwright.async_api import expect

from tests.simulator.page.visitor import open_chat, say, start

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_adds_a_person_who_starts_and_sees_the_buttons(page, world):
    await page.get_by_role("button", name="Add a person").first.click()
    await page.get_by_label("First name").fill("Mona")
    await page.get_by_label("Language").select_option("ar")
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_role("button", name="START").click()
    await expect(page.locator(".keyboard .row")).to_have_count(2)
    assert await page.locator(".key").all_inner_texts() == ["Calm", "Tense", "Alert"]
    assert await page.locator(".entry .words").all_inner_texts() == ["/start", "How are you?"]
    [person] = world.people.values()
    assert (person.first_name, person.language_code) == ("Mona", "ar")


async def test_starts_with_the_payload_of_a_deep_link(page, world):
    person = await open_chat(page, world, "Mona")
    await page.get_by_text("Come through a deep link").click()
    await page.get_by_label("?start=").fill("calm__day-1")
    await page.get_by_role("button", name="START").click()
    await expect(page.locator(".entry.out .words")).to_have_text("/start calm__day-1")
    assert world.chat(person.id).messages[0]["text"] == "/start calm__day-1"


async def test_a_pressed_button_turns_until_the_answer_then_shows_toast_and_edit(page, world, bot):
    await start(page, world)
    bot.gate.clear()
    calm = page.get_by_role("button", name="Calm")
    await calm.click()
    await expect(calm).to_have_attribute("aria-busy", "true")
    bot.gate.set()
    await expect(page.locator(".toast")).to_have_text("You chose calm")
    await expect(page.locator(".entry.in .words")).to_have_text("How are you?\ncalm")
    await expect(page.locator(".entry.in .edited")).to_be_visible()
    await expect(page.locator(".key")).to_have_count(0)


async def test_an_alert_opens_as_a_dialog_and_the_keyboard_stays(page, world):
    await start(page, world)
    await page.get_by_role("button", name="Alert").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("You chose alert")
    await dialog.get_by_role("button", name="OK").click()
    await expect(dialog).to_have_count(0)
    await expect(page.locator(".key")).to_have_count(3)
    await expect(page.locator(".key.waiting")).to_have_count(0)


async def test_says_that_the_bot_is_typing_until_it_has_written(page, world, bot):
    person = await start(page, world)
    await say(page, "/type")
    await expect(page.locator(".status")).to_contain_text("Waymark is typing")
    await bot.call("sendMessage", chat_id=person.id, text="Done")
    await expect(page.locator(".status")).to_have_text("chat with Waymark")


async def test_shows_pictures_albums_videos_and_animations(page, world):
    await start(page, world)
    await say(page, "/photo")
    await expect(page.get_by_alt_text("Hills")).to_be_visible()
    await page.wait_for_function("[...document.querySelectorAll('.frame img')].some((image) => image.naturalWidth === 480)")
    await say(page, "/album")
    await expect(page.locator(".album img")).to_have_count(3)
    await say(page, "/video")
    await expect(page.locator("video[controls]")).to_have_count(1)
    moving = page.locator("video[loop][autoplay]")
    await expect(moving).to_have_count(1)
    assert await moving.evaluate("(video) => video.muted")


async def test_enlarges_a_picture_and_escape_closes_it(page, world):
    await start(page, world)
    await say(page, "/photo")
    await page.get_by_role("button", name="Enlarge: Hills").click()
    await expect(page.locator("dialog img")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)


async def test_draws_entities_as_nodes(page, world):
    await start(page, world)
    await say(page, "/rich")
    words = page.locator(".entry.in .words").last
    await expect(words.locator("strong")).to_have_text("bold both")
    await expect(words.locator("strong em")).to_have_text("both")
    await expect(words.locator("a")).to_have_attribute("href", "https://example.org/x")
    await words.get_by_role("button", name="Hidden text").click()
    await expect(words.locator(".spoiler.revealed")).to_have_text("secret")
    await words.get_by_role("button", name="/photo").click()
    await expect(page.get_by_alt_text("Hills")).to_be_visible()


async def test_edits_the_last_message_in_its_place(page, world):
    await start(page, world)
    await say(page, "seven")
    await expect(page.locator(".entry")).to_have_count(4)
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Edit my last message").click()
    await say(page, "eight")
    mine = page.locator(".entry.out").last
    await expect(mine.locator(".words")).to_have_text("eight")
    await expect(mine.locator(".edited")).to_be_visible()
    await expect(page.locator(".entry")).to_have_count(4)


@pytest.mark.parametrize(
    "label, shown", [("Photo", ".zoom img"), ("Voice message", ".player"), ("Sticker", ".sticker"), ("Location", ".card")]
)
async def test_sends_other_things(page, world, label, shown):
    await start(page, world)
    await page.get_by_role("button", name="Send something else").click()
    await page.get_by_role("menuitem", name=label).click()
    await expect(page.locator(f".entry.out {shown}")).to_be_visible()


async def test_a_blocked_bot_gives_way_to_unblock(page, world):
    person = await start(page, world)
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Block the bot").click()
    await expect(page.get_by_role("textbox", name="Message")).to_have_count(0)
    assert person.blocked
    await page.get_by_role("button", name="UNBLOCK").click()
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    assert not person.blocked


async def test_a_deleted_message_vanishes(page, world, bot):
    await start(page, world)
    bot.gate.clear()
    await say(page, "/delete")
    await expect(page.get_by_text("Soon gone").last).to_be_visible()
    bot.gate.set()
    await expect(page.locator(".entry", has_text="Soon gone")).to_have_count(0)


async def test_a_deep_link_to_the_bot_starts_it_here(page, world, bot):
    person = await start(page, world)
    rows = [
        [{"text": "Day 1", "url": "https://t.me/waymark_bot?start=calm__day-1"}, {"text": "Site", "url": "https://example.org/"}]
    ]
    await bot.call("sendMessage", chat_id=person.id, text="Go on?", reply_markup={"inline_keyboard": rows})
    await page.get_by_role("link", name="Day 1").click()
    await expect(page.locator(".entry.out .words").last).to_have_text("/start calm__day-1")
    site = page.get_by_role("link", name="Site")
    await expect(site).to_have_attribute("target", "_blank")
    await expect(site).to_have_attribute("rel", "noopener noreferrer")


async def test_a_video_keeps_its_place_when_its_words_change(page, world, bot):
    """An edited caption must not take the film out of the page, which would stop it."""
    person = await start(page, world)
    await say(page, "/video")
    await expect(page.locator("video")).to_have_count(2)
    await page.evaluate("window.film = document.querySelector('video[loop]')")
    sent = world.chat(person.id).messages[-1]
    await bot.call("editMessageCaption", chat_id=person.id, message_id=sent["message_id"], caption="Breathe")
    await expect(page.locator(".entry", has=page.locator("video[loop]")).locator(".words")).to_have_text("Breathe")
    assert await page.evaluate("window.film.isConnected && window.film === document.querySelector('video[loop]')")


async def test_a_link_that_could_run_is_text_only(page, world):
    person = await start(page, world)
    entity = {"type": "text_link", "offset": 0, "length": 4, "url": "javascript:document.title='broken in'"}
    world.post(world.chat(person.id), {"text": "Here it is", "entities": [entity]})
    line = page.locator(".entry.in .words").last
    await expect(line).to_have_text("Here it is")
    await expect(line.locator("a")).to_have_count(0)
