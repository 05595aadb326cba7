"""What comes in is untrusted: buttons that were never shown, words that look like something else, admins' commands in a group."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rendering.keyboards import MAX_DATA, read_press, read_question
from handlers.routes import PRESSES
from tests.chat import RunningBot, text_of

VERBS = sorted({"q", "m", *PRESSES})
HOSTILE = (
    "",
    ":",
    "q",
    "q:",
    "q:1.1",
    "q:1.1:99",
    "q:1.1:-1",
    "q:1.1:skip",
    "q:-1.1:0",
    "q:1.99:0",
    "q:99.1:0",
    "q:².1:0",
    "q:1.1:0:0",
    "q:1.1:${x}",
    f"q:{'9' * 40}.1:0",
    "f:../../etc/passwd",
    "f:calm/../calm",
    "f:nowhere/at-all",
    "f:#0123456789abcdef",
    "p:nobody",
    "c:yes:nobody",
    "c:yes",
    "x:yes:yes",
    "o:continue:99",
    "o:again:0",
    "o:restart:-1",
    "z:-1",
    "z:many",
    "t:o:999999",
    "t:o:x",
    "t:z:../../etc/localtime",
    "t:z:Nowhere/Land",
    "\0",
    "🙂" * 16,
    "q:1.1:" + "x" * 100,
)


async def test_buttons_that_never_were_change_nothing_and_break_nothing(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start")
    await chat.see("Good evening")
    question = await chat.see("How tense")
    await running.idle()
    before = await running.store.find_person(chat.person)
    for data in HOSTILE:
        running.world.press(chat.person, question["message_id"], data, stale=True)
        await chat.until(lambda: not running.world.pending, "the press to be fetched")
        await running.idle()
        now = await running.store.find_person(chat.person)
        assert now is not None and before is not None and now.run == before.run, data
    after = await running.store.find_person(chat.person)
    assert before is not None and after is not None
    assert await running.store.list_dead() == []
    assert (after.run, after.consents, after.programme) == (before.run, before.consents, before.programme)
    assert after.settings == before.settings
    chat.press("3")
    await chat.until(lambda: "Where are you?" in text_of(chat.last), "the next question")


@given(
    st.one_of(st.text(max_size=80), st.builds(lambda verb, rest: f"{verb}:{rest}", st.sampled_from(VERBS), st.text(max_size=60)))
)
def test_any_callback_data_is_read_or_refused(data: str) -> None:
    pressed = read_press(data)
    if pressed is not None:
        assert pressed.verb in VERBS and len(data.encode()) <= MAX_DATA
        question = read_question(pressed.words)
        assert question is None or (question[0] >= 0 and question[1] >= 0)


@pytest.mark.parametrize("command", ["/stats", "/reload"])
async def test_what_operators_may_is_not_told_in_a_group(running: RunningBot, command: str) -> None:
    admin = running.person("Operator")
    group = running.world.add_group(admin.person)
    running.world.group_message(admin.person, command, group.id)

    def answers() -> list[str]:
        return [text_of(message) for message in group.messages if message["from"]["is_bot"]]

    await admin.until(lambda: not running.world.pending, "the command to be fetched")
    await running.idle()
    assert all("our private chat" in answer for answer in answers()) and admin.messages == []
