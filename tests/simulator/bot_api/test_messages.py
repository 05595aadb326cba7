"""Messages both ways: what the bot sends and edits, what people do and the updates that come of it."""

import aiohttp
import orjson
import pytest
from telegram import Message

from simulator.world.world import BotBlocked, NoSuchButton, World

KEYBOARD = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}, {"text": "Site", "url": "https://a.b"}]]}


async def fetch(call, **params):
    return (await call("getUpdates", **params))["result"]


@pytest.mark.parametrize("style", ["json", "form", "query", "multipart"])
async def test_every_way_of_sending_parameters_gives_the_same_message(world, ann, simulator, session, style):
    """JSON, form, multipart and the query string of a GET; the method's name in any case; the answer is the kept message."""
    params = {"chat_id": str(ann.id), "text": "<i>Hi</i>", "parse_mode": "html", "reply_markup": orjson.dumps(KEYBOARD).decode()}
    url = f"{simulator.url}/bot{world.token}/SENDmessage"
    form = aiohttp.FormData(params, default_to_multipart=True) if style == "multipart" else params
    request = {
        "json": lambda: session.post(url, json=params | {"chat_id": ann.id, "reply_markup": KEYBOARD}),
        "form": lambda: session.post(url, data=params),
        "query": lambda: session.get(url, params=params),
        "multipart": lambda: session.post(url, data=form),
    }[style]
    async with request() as response:
        message = (await response.json())["result"]
    assert message == world.chat(ann.id).messages[-1]
    assert (message["message_id"], message["text"], message["reply_markup"]) == (2, "Hi", KEYBOARD)
    assert message["entities"] == [{"type": "italic", "offset": 0, "length": 2}]
    assert message["from"]["is_bot"] is True
    assert message["chat"] == {"id": ann.id, "first_name": "Ann", "username": "ann_b", "type": "private"}


async def test_a_reply_keyboard_stays_in_the_world_and_not_in_the_answer(world, ann, call):
    """The Bot API's Message knows inline keyboards only; the chat page shows the other ones too."""
    keyboard = {"keyboard": [["Yes", {"text": "No"}]], "one_time_keyboard": True}
    answer = await call("sendMessage", chat_id=ann.id, text="x", reply_markup=keyboard)
    assert "reply_markup" not in answer["result"]
    kept = world.chat(ann.id).messages[-1]["reply_markup"]
    assert kept == {"keyboard": [[{"text": "Yes"}, {"text": "No"}]], "one_time_keyboard": True}


async def test_what_a_person_writes_comes_as_an_update(world, call):
    """Complete, with its commands marked in UTF-16 units; update ids rise by one."""
    person = world.add_person("Eve", "Ning", "eve", "de")
    number = world.say(person.id, "😀 /start deep")
    world.say(person.id, "hello", reply_to=number)
    first, second = await fetch(call)
    assert second["update_id"] == first["update_id"] + 1
    message = first["message"]
    assert message["from"] == {
        "id": person.id,
        "is_bot": False,
        "first_name": "Eve",
        "last_name": "Ning",
        "username": "eve",
        "language_code": "de",
    }
    assert message["entities"] == [{"type": "bot_command", "offset": 3, "length": 6}]
    assert second["message"]["reply_to_message"]["message_id"] == number


async def test_a_press_brings_the_message_as_it_was(world, ann, call):
    """The query carries the bot's complete message of that moment, whatever is edited afterwards; its answer is a toast."""
    message = (await call("sendMessage", chat_id=ann.id, text="Ready?", reply_markup=KEYBOARD))["result"]
    query_id = world.press(ann.id, message["message_id"], "y")
    await call("editMessageText", chat_id=ann.id, message_id=message["message_id"], text="Gone")
    (update,) = await fetch(call)
    query = update["callback_query"]
    assert (query["id"], query["data"], query["message"], query["from"]) == (query_id, "y", message, ann.user)
    assert query["chat_instance"].lstrip("-").isdigit()
    assert await call("answerCallbackQuery", callback_query_id=query_id, text="Yes!", show_alert=True) == {
        "ok": True,
        "result": True,
    }
    assert world.chat(ann.id).toasts == [{"query_id": query_id, "text": "Yes!", "show_alert": True}]
    assert (await call("answerCallbackQuery", callback_query_id=query_id))["error_code"] == 400


async def test_only_buttons_that_are_there_can_be_pressed(world, ann, call):
    """A button of another message, a link, or one edited away raises, unless the person's screen is stale."""
    number = (await call("sendMessage", chat_id=ann.id, text="Ready?", reply_markup=KEYBOARD))["result"]["message_id"]
    await call("editMessageReplyMarkup", chat_id=ann.id, message_id=number)
    for message_id, data in ((number, "y"), (1, "y"), (99, "y")):
        with pytest.raises(NoSuchButton):
            world.press(ann.id, message_id, data)
    world.press(ann.id, number, "y", stale=True)
    assert world.pending == 1


async def test_a_press_can_be_answered_for_150_seconds(call):
    """Then the query is too old."""
    now = [1000.0]
    world = World("1:a", clock=lambda: now[0])
    person = world.add_person("Ann")
    world.say(person.id, "hi")
    message = world.post(world.chat(person.id), {"text": "x", "reply_markup": KEYBOARD})
    early, late = (world.press(person.id, message["message_id"], "y") for _ in range(2))
    now[0] += 150
    assert world.queries.close(early) == person.id
    now[0] += 1
    assert world.queries.close(late) is None


async def test_edits_happen_in_place(world, ann, call):
    """Text and keyboard change in the same dict; a keyboard that is not sent again is gone."""
    sent = (await call("sendMessage", chat_id=ann.id, text="one", reply_markup=KEYBOARD))["result"]
    kept = world.chat(ann.id).by_id[sent["message_id"]]
    answer = await call("editMessageText", chat_id=ann.id, message_id=sent["message_id"], text="*two*", parse_mode="MarkdownV2")
    assert answer["result"] == kept
    assert kept["text"] == "two" and kept["entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    assert "reply_markup" not in kept and kept["edit_date"] >= kept["date"]
    answer = await call("editMessageReplyMarkup", chat_id=ann.id, message_id=sent["message_id"], reply_markup=KEYBOARD)
    assert answer["result"]["reply_markup"] == KEYBOARD and answer["result"]["text"] == "two"


async def test_deleting(world, ann, call):
    """One or many; those that are not there are passed over in deleteMessages."""
    numbers = [(await call("sendMessage", chat_id=ann.id, text=str(n)))["result"]["message_id"] for n in range(3)]
    assert (await call("deleteMessage", chat_id=ann.id, message_id=numbers[0]))["result"] is True
    assert (await call("deleteMessages", chat_id=ann.id, message_ids=[numbers[1], 99]))["result"] is True
    assert [message["message_id"] for message in world.chat(ann.id).messages] == [1, numbers[2]]


async def test_copies_and_forwards(world, ann, call):
    """A copy takes the content with a keyboard of its own; a forward names its origin."""
    first = (await call("sendMessage", chat_id=ann.id, text="one", reply_markup=KEYBOARD))["result"]
    copy = (await call("copyMessage", chat_id=ann.id, from_chat_id=ann.id, message_id=first["message_id"]))["result"]
    forward = (await call("forwardMessage", chat_id=ann.id, from_chat_id=ann.id, message_id=1))["result"]
    assert copy == {"message_id": first["message_id"] + 1}
    assert world.chat(ann.id).by_id[copy["message_id"]]["text"] == "one"
    assert "reply_markup" not in world.chat(ann.id).by_id[copy["message_id"]]
    assert (forward["text"], forward["forward_origin"]["sender_user"]) == ("/start", ann.user)


async def test_places_contacts_actions(world, ann, call):
    place = (await call("sendLocation", chat_id=ann.id, latitude="1.5", longitude=2))["result"]
    contact = (await call("sendContact", chat_id=ann.id, phone_number="+1", first_name="Bo"))["result"]
    await call("sendChatAction", chat_id=ann.id, action="typing")
    assert place["location"] == {"latitude": 1.5, "longitude": 2.0}
    assert contact["contact"] == {"phone_number": "+1", "first_name": "Bo"}
    assert [note["action"] for note in world.chat(ann.id).actions] == ["typing"]


async def test_what_else_people_do(world, ann, call):
    """Edits, blocking and unblocking, a group: each its own update."""
    world.edit(ann.id, 1, "/menu now")
    world.block(ann.id)
    world.block(ann.id)
    with pytest.raises(BotBlocked):
        world.say(ann.id, "anyone?")
    world.unblock(ann.id)
    world.group_message(ann.id, "/start@waymark_bot")
    edited, blocked, unblocked, joined, group = await fetch(call)
    assert edited["edited_message"]["text"] == "/menu now"
    assert edited["edited_message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 5}]
    statuses = [
        (u["my_chat_member"]["old_chat_member"]["status"], u["my_chat_member"]["new_chat_member"]["status"])
        for u in (blocked, unblocked, joined)
    ]
    assert statuses == [("member", "kicked"), ("kicked", "member"), ("left", "member")]
    assert group["message"]["chat"]["type"] == "group" and group["message"]["chat"]["id"] < 0
    answer = await call("sendMessage", chat_id=group["message"]["chat"]["id"], text="Write to me in private")
    assert answer["result"]["chat"] == group["message"]["chat"]
    with pytest.raises(ValueError, match="not a text"):
        world.edit(ann.id, world.post(world.chat(ann.id), {"text": "mine"})["message_id"], "yours")


@pytest.mark.parametrize(
    "kind",
    ["photo", "video", "audio", "voice", "animation", "document", "sticker", "video_note", "location", "contact", "venue", "dice"],
)
def test_people_can_send_anything_that_a_telegram_library_parses(world, ann, kind):
    """python-telegram-bot finds the content under its name."""
    number = world.send_media(ann.id, kind)
    message = Message.de_json(world.chat(ann.id).by_id[number], None)
    assert getattr(message, kind)
    assert message.effective_attachment is not None


def test_subscribers_hear_everything_in_order(world):
    """Kinds and order; a failing subscriber hurts nobody; after unsubscribe there is silence."""
    heard = []

    def note(event):
        heard.append((event.kind, event.person_id))

    def fail(event):
        raise RuntimeError("a page went away")

    world.subscribe(fail)
    world.subscribe(note)
    person = world.add_person("Ann")
    world.say(person.id, "hi")
    chat = world.chat(person.id)
    message = world.post(chat, {"text": "one", "reply_markup": KEYBOARD})
    world.change(chat, message, ("reply_markup",), {"text": "two"})
    world.show_action(chat, "typing")
    world.toast(chat, {"query_id": "1", "text": "", "show_alert": False})
    world.remove(chat, message["message_id"])
    world.block(person.id)
    world.unsubscribe(note)
    world.unblock(person.id)
    kinds = ["person", "message", "message", "edited", "action", "toast", "deleted", "person"]
    assert heard == [(kind, person.id) for kind in kinds]


def test_a_chat_keeps_its_newest_messages_only():
    world = World("1:a", keep=3)
    person = world.add_person("Ann")
    numbers = [world.say(person.id, str(n)) for n in range(5)]
    assert [message["message_id"] for message in world.chat(person.id).messages] == numbers[2:]


async def test_profile_methods(world, ann, call):
    """Commands by scope and language, descriptions, menu button, chats and members come back as they were set."""
    commands = [{"command": "start", "description": "Begin"}]
    admin = [{"command": "stats", "description": "Numbers"}]
    await call("setMyCommands", commands=commands)
    await call("setMyCommands", commands=admin, scope={"type": "chat", "chat_id": ann.id})
    assert (await call("getMyCommands"))["result"] == commands == world.commands["default"][""]
    assert world.commands_for(ann.id) == admin
    await call("deleteMyCommands", scope={"type": "chat", "chat_id": ann.id})
    assert world.commands_for(ann.id) == commands
    await call("setMyDescription", description="Hallo", language_code="de")
    await call("setMyDescription", description="Hello")
    assert (await call("getMyDescription", language_code="de"))["result"] == {"description": "Hallo"}
    assert (await call("getMyDescription", language_code="fr"))["result"] == {"description": "Hello"}
    assert (await call("getMyName"))["result"] == {"name": "waymark_bot"}
    await call("setChatMenuButton", menu_button={"type": "commands"})
    assert (await call("getChatMenuButton", chat_id=ann.id))["result"] == {"type": "commands"}
    assert (await call("getChat", chat_id=ann.id))["result"]["username"] == "ann_b"
    assert (await call("getChatMember", chat_id=ann.id, user_id=ann.id))["result"] == {"user": ann.user, "status": "member"}
    assert (await call("getMe"))["result"]["is_bot"] is True
    assert world.calls["setmycommands"] == 2


def test_people_have_ids_of_their_own(world):
    """A chosen id is taken once; new ones come after it."""
    assert world.add_person("Ann", id=200_000).id == 200_000
    assert world.add_person("Bo").id == 200_001
    with pytest.raises(ValueError, match="200000"):
        world.add_person("Cy", id=200_000)
