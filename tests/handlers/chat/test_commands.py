"""Every command, and everything that is no command: each gets a fitting answer, never silence."""

import json

import pytest

from handlers.rendering.languages.en import ADMIN_COMMANDS as ADMIN_WORDS
from handlers.rendering.languages.en import COMMANDS as WORDS
from handlers.routes import ADMIN_COMMANDS, COMMANDS
from tests.chat import Chat, RunningBot, text_of
from tests.handlers.conftest import begin


def test_every_command_has_its_route_and_its_line_in_the_menu() -> None:
    assert set(COMMANDS) == set(WORDS)
    assert set(ADMIN_COMMANDS) == set(ADMIN_WORDS)


async def finish_breath(chat: Chat) -> None:
    chat.send("/start calm__breath")
    await chat.see("Ready?", "OK")
    chat.press("OK")
    await chat.see("Breathe.")
    await chat.see("That was “Breath”.", "Menu")


async def test_start_with_something_open_offers_to_go_on_or_begin_again(running: RunningBot) -> None:
    chat = await begin(running)
    chat.send("/start")
    await chat.see("You are in the middle of “Walk”", "Continue", "Start again")
    chat.press("Continue")
    await chat.see("How tense are you?")
    chat.send("/start")
    await chat.see("You are in the middle")
    chat.press("Start again")
    await chat.see("Good evening")
    await chat.see("How tense")
    await chat.nothing_more()
    await running.idle()
    (left,) = await running.store.list_runs(chat.person)
    assert (left["status"], left["number"]) == ("left", 1)


async def test_a_deep_link_to_another_flow_is_offered_beside_what_is_open(running: RunningBot) -> None:
    chat = await begin(running)
    chat.send("/start calm__breath")
    await chat.see("in the middle", "Continue", "Start again", "Start “Breath”")
    chat.press("Start “Breath”")
    await chat.see("Ready?")


async def test_a_deep_link_that_leads_nowhere_says_so_and_goes_on(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start nowhere__at_all")
    await chat.see("That link leads nowhere any more.")
    await chat.see("Good evening")


async def test_menu_shows_the_flows_and_begins_what_is_pressed(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/menu")
    await chat.see("What would you like to do?", "Breath", "Count")
    chat.press("Breath")
    await chat.see("Ready?")
    chat.send("/menu")
    menu = await chat.see("What would you like")
    chat.press("Count", menu)
    await chat.see("in the middle of “Breath”", "Continue", "Start again", "Start “Count”")


async def test_restart_begins_the_open_flow_anew(running: RunningBot) -> None:
    chat = await begin(running)
    chat.press("2")
    await chat.see("Where are you?")
    chat.send("/restart")
    await chat.see("Good evening")
    await chat.see("How tense")


async def test_cancel_keeps_the_answers_and_counts_the_flow_as_left(running: RunningBot) -> None:
    chat = await begin(running)
    chat.press("2")
    await chat.see("Where are you?")
    chat.send("/cancel")
    await chat.see("“Walk” ends here.", "Menu")
    await running.idle()
    (run,) = await running.store.list_runs(chat.person)
    assert (run["status"], [answer["value"] for answer in run["answers"]]) == ("left", [2])


@pytest.mark.parametrize("command", ["/back", "/restart", "/cancel"])
async def test_with_nothing_open_there_is_nothing_to_move_in(running: RunningBot, command: str) -> None:
    chat = running.person()
    chat.send(command)
    await chat.see("Nothing is open just now.")


async def test_one_day_a_calendar_day_in_order(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start calm__rest")  # a link goes straight there, and is this day's one
    await chat.see("Ready?")
    chat.press("OK")
    await chat.see("Breathe.")
    await chat.see("That was “Rest”. Tomorrow: “Walk”.")
    chat.send("/start")
    await chat.see("Today's part is done. Tomorrow: “Walk”.", "Menu")


async def test_progress_counts_days_and_draws_the_line(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/progress")
    await chat.see("Nothing yet.")
    chat.send("/start")
    await chat.see("Good evening")
    await chat.see("How tense")
    chat.press("4")
    await chat.see("Where are you?")
    chat.send("/progress")
    await chat.see("Calm: 0 of 2 days done.")
    picture = await chat.next()
    assert max(size["width"] for size in picture["photo"]) >= 600


async def test_help_lists_the_commands_and_stats_only_to_admins(running: RunningBot) -> None:
    admin, other = running.person("Operator"), running.person("Else")
    assert admin.person == 100001
    admin.send("/help")
    other.send("/help")
    assert "/stats" in text_of(await admin.next())
    words = text_of(await other.next())
    assert "/stats" not in words
    assert all(f"/{name} – " in words for name in COMMANDS)
    other.send("/stats")
    await other.see("I don't know /stats.")


async def test_stats_tells_people_runs_process_and_operations(running: RunningBot) -> None:
    admin = running.person("Operator")
    await finish_breath(admin)
    admin.send("/stats")
    words = text_of(await admin.next())
    assert "people 1, blocked 0, open flows 0, ended 1" in words
    for part in ("process_question", "database.save_person", "telegram.sendMessage", "loop lag", "memory", "pool"):
        assert part in words


async def test_mydata_sends_all_that_is_stored_as_one_file(running: RunningBot) -> None:
    chat = await begin(running)
    chat.press("2")
    await chat.see("Where are you?")
    chat.send("/mydata")
    message = await chat.see("This is everything")
    assert message["document"]["file_name"] == "mydata.json"
    file = running.world.files.find(message["document"]["file_id"])
    data = json.loads(running.world.files.blobs[file.digest])
    assert data["person"]["id"] == chat.person
    assert data["person"]["run"]["answers"][0]["value"] == 2
    assert data["runs"] == []


async def test_forget_asks_first_then_leaves_no_byte(running: RunningBot) -> None:
    chat = await begin(running)
    chat.send("/forget")
    await chat.see("Shall I delete everything", "Delete everything", "Keep it")
    chat.press("Keep it")
    await chat.see("nothing was deleted")
    chat.send("/forget")
    await chat.see("Shall I delete")
    chat.press("Delete everything")
    await chat.see("Everything about you is deleted.")
    await running.idle()
    assert await running.store.find_person(chat.person) is None
    assert await running.store.count() == {"people": 0, "open_runs": 0, "runs": 0, "waiting": 0, "dead": 0, "blocked": 0}
    chat.send("/start")
    await chat.see("Good evening")


async def test_unknown_commands_stickers_voices_and_words_out_of_place_are_answered(running: RunningBot) -> None:
    chat = await begin(running)
    chat.send("/dance")
    await chat.see("I don't know /dance. /help lists what I can do.")
    running.world.send_media(chat.person, "sticker")
    await chat.see("Please choose one of the buttons.")
    running.world.send_media(chat.person, "voice")
    await chat.see("Please choose one of the buttons.")
    chat.send("3")
    await chat.see("Where are you?")
    chat.send("/cancel")
    await chat.see("ends here")
    running.world.send_media(chat.person, "location")
    await chat.see("I can't read that.", "Menu")
    written = chat.send("hello?")
    await chat.see("Nothing is open just now.", "Menu")
    running.world.edit(chat.person, written, "hello!")
    await chat.see("That message can't replace your answer")


async def test_a_newcomer_who_says_anything_is_led_in(running: RunningBot) -> None:
    chat = running.person()
    chat.send("hello")
    await chat.see("Good evening")


async def test_a_group_gets_a_word_and_a_link_to_the_private_chat(running: RunningBot) -> None:
    chat = running.person()
    group = running.world.add_group(chat.person)
    running.world.group_message(chat.person, "/start", group.id)
    running.world.group_message(chat.person, "what do you all think?", group.id)

    def answers() -> list[str]:
        return [text_of(message) for message in group.messages if message["from"]["is_bot"]]

    await chat.until(lambda: answers(), "an answer in the group")
    await running.idle()
    assert answers() == ["I talk with one person at a time. Open our private chat:"]
    assert await running.store.find_person(chat.person) is None


async def test_commands_are_registered_and_admins_see_more(running: RunningBot) -> None:
    admin, other = running.person("Operator"), running.person("Else")
    admin.send("/help")
    await admin.next()
    await other.until(lambda: running.world.commands_for(other.person), "the commands")
    assert [one["command"] for one in running.world.commands_for(other.person)] == list(COMMANDS)


async def test_who_blocked_the_bot_is_asked_to_go_on_when_they_return(running: RunningBot) -> None:
    chat = await begin(running)
    running.world.block(chat.person)
    await running.idle()
    record = await running.store.find_person(chat.person)
    assert record is not None and record.blocked_at is not None
    running.world.unblock(chat.person)
    chat.send("/start")
    await chat.see("You are in the middle of “Walk”", "Continue", "Start again")
