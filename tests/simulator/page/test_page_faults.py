"""The panel of faults in a real browser: opened from a chat's menu, by mouse and by keyboard alone."""

import pytest
from playwright.async_api import expect

from tests.simulator.page.visitor import say, start

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def open_panel(page):
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Faults").click()
    panel = page.get_by_role("dialog", name="Faults")
    await expect(panel).to_be_visible()
    return panel


async def test_a_fault_is_switched_on_hits_and_is_switched_off(page, world):
    person = await start(page, world)
    panel = await open_panel(page)
    await expect(panel.get_by_text("None is on")).to_be_visible()
    await panel.locator("select[name=kind]").select_option("The answer comes late")
    await panel.get_by_label("Which call").select_option("sendMessage")
    await panel.get_by_label("How many times").fill("3")
    await panel.get_by_label("Seconds").fill("0.01")
    await panel.get_by_role("button", name="Switch on").click()
    row = panel.get_by_role("listitem")
    await expect(row).to_contain_text("The answer comes late")
    await expect(row).to_contain_text("Mona · sendMessage · seconds 0.01 · 3 left · hit 0 times")
    [(rule, _, _)] = world.faults.list_rules()
    assert (rule.kind, rule.method, rule.chat, rule.options["seconds"]) == ("delay", "sendmessage", person.id, 0.01)
    await page.keyboard.press("Escape")
    await say(page, "hello")
    await expect(page.locator(".entry.in .words").last).to_have_text("You wrote: hello")
    panel = await open_panel(page)
    await expect(panel.get_by_role("listitem")).to_contain_text("2 left · hit once")
    world.say(person.id, "again")  # the count goes up by itself while the panel is open
    await expect(panel.get_by_role("listitem")).to_contain_text("1 left · hit 2 times")
    await panel.get_by_role("button", name="Switch off: The answer comes late").click()
    await expect(panel.get_by_text("None is on")).to_be_visible()
    assert not world.faults


async def test_every_kind_can_be_chosen_with_its_options_for_everybody(page, world):
    await start(page, world)
    panel = await open_panel(page)
    await panel.get_by_label("Whom").select_option("Everybody")
    await panel.get_by_label("How often").fill("50")
    kinds = await panel.locator("select[name=kind]").locator("option").evaluate_all("(all) => all.map((one) => one.value)")
    for number, kind in enumerate(kinds, 1):
        await panel.locator("select[name=kind]").select_option(kind)
        await panel.get_by_role("button", name="Switch on").click()
        await expect(panel.get_by_role("listitem")).to_have_count(number)
    rules = [rule for rule, _, _ in world.faults.list_rules()]
    assert [rule.kind for rule in rules] == kinds
    assert {(rule.chat, rule.probability) for rule in rules} == {(None, 0.5)}
    await panel.get_by_role("button", name="Switch all off").click()
    await expect(panel.get_by_role("listitem")).to_have_count(0)
    assert not world.faults


async def test_the_keyboard_alone_is_enough(page, world):
    await start(page, world)
    await page.get_by_role("button", name="More").focus()
    for key in ("Enter", "End", "Enter"):
        await page.keyboard.press(key)
    panel = page.get_by_role("dialog", name="Faults")
    await expect(panel.locator("select[name=kind]")).to_be_focused()
    await page.keyboard.type("An HTML")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    switch = panel.get_by_role("button", name="Switch off: An HTML error page")
    await expect(switch).to_be_visible()
    await switch.focus()
    await page.keyboard.press("Enter")
    await expect(panel.get_by_role("listitem")).to_have_count(0)
    await expect(panel.locator("select[name=kind]")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)


async def test_a_wrong_figure_is_told_of_where_one_looks(page, world):
    await start(page, world)
    panel = await open_panel(page)
    await panel.get_by_label("How often").fill("400")
    await panel.get_by_role("button", name="Switch on").click()
    await expect(panel.get_by_role("alert")).to_contain_text("How often, in %")
    await expect(panel.get_by_label("How often")).to_be_focused()
    assert not world.faults


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_it_fits_every_screen(page, world, width):
    await start(page, world)
    for kind in ("too_many_requests", "hang", "poison_updates"):
        world.faults.add("getUpdates" if "updates" in kind else "*", kind=kind, probability=0.0)
    await page.set_viewport_size({"width": width, "height": 640})
    panel = await open_panel(page)
    await panel.locator("select[name=kind]").select_option("hang")
    box = await panel.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] >= 0 and box["y"] + box["height"] <= 640
    inner = await panel.locator(".sheet").evaluate("(sheet) => sheet.scrollWidth - sheet.clientWidth")
    assert inner == 0
