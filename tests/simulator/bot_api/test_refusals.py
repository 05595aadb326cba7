"""What the Bot API refuses, in Telegram's words."""

import pytest

BUTTON = {"text": "a", "callback_data": "a"}
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content and "
    "reply markup of the message"
)


def inline(*buttons: object) -> dict[str, object]:
    return {"inline_keyboard": [list(buttons)]}


REFUSED = [
    ("sendMessage", {}, "message text is empty"),
    ("sendMessage", {"text": ""}, "message text is empty"),
    ("sendMessage", {"text": " \n "}, "message text is empty"),
    ("sendMessage", {"text": "x" * 4097}, "message is too long"),
    ("sendMessage", {"text": "😀" * 2049}, "message is too long"),
    ("sendMessage", {"text": "x" * 40_000}, "text is too long"),
    ("sendMessage", {"text": ["x"]}, 'wrong type of parameter "text": String expected'),
    ("sendMessage", {"text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
    (
        "sendMessage",
        {"text": "<b>x", "parse_mode": "HTML"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    (
        "sendMessage",
        {"text": "a.b", "parse_mode": "MarkdownV2"},
        "can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
    ),
    (
        "sendMessage",
        {"text": "a *b", "parse_mode": "Markdown"},
        "can't parse entities: Can't find end of the entity starting at byte offset 2",
    ),
    (
        "sendMessage",
        {"text": "abc", "entities": [{"type": "bold", "offset": 1, "length": 9}]},
        "entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 10",
    ),
    (
        "sendMessage",
        {"text": "abc", "entities": [{"type": "bold", "offset": 4, "length": 1}]},
        "entity begins after the end of the text at UTF-16 offset 4",
    ),
    (
        "sendMessage",
        {"text": "😀", "entities": [{"type": "bold", "offset": 1, "length": 1}]},
        "entity begins in a middle of a UTF-16 symbol at byte offset 0",
    ),
    (
        "sendMessage",
        {"text": "abc", "entities": [{"type": "bold", "offset": 1}]},
        "can't parse MessageEntity: can't find field \"length\"",
    ),
    (
        "sendMessage",
        {"text": "abc", "entities": [{"type": "loud", "offset": 0, "length": 1}]},
        "can't parse MessageEntity: unsupported type specified",
    ),
    ("sendMessage", {"text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ("sendMessage", {"text": "x", "reply_markup": "[]"}, "object expected as reply markup"),
    (
        "sendMessage",
        {"text": "x", "reply_markup": {"inline_keyboard": [BUTTON]}},
        'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
    ),
    ("sendMessage", {"text": "x", "reply_markup": {"keyboard": ["a"]}}, 'field "keyboard" must be an Array of Arrays'),
    ("sendMessage", {"text": "x", "reply_markup": inline({"text": "a", "callback_data": "x" * 65})}, "BUTTON_DATA_INVALID"),
    ("sendMessage", {"text": "x", "reply_markup": inline({"text": "a", "callback_data": "ü" * 33})}, "BUTTON_DATA_INVALID"),
    ("sendMessage", {"text": "x", "reply_markup": inline({"text": "a", "callback_data": ""})}, "BUTTON_DATA_INVALID"),
    (
        "sendMessage",
        {"text": "x", "reply_markup": inline({"text": "a"})},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        "sendMessage",
        {"text": "x", "reply_markup": inline({"callback_data": "a"})},
        "can't parse inline keyboard button: Can't find field \"text\"",
    ),
    ("sendMessage", {"text": "x", "reply_markup": inline(*[BUTTON] * 101)}, "reply markup is too long"),
    ("sendMessage", {"text": "x", "reply_to_message_id": 99}, "message to be replied not found"),
    ("sendMessage", {"text": "x", "chat_id": ""}, "chat_id is empty"),
    ("sendMessage", {"text": "x", "chat_id": 5}, "chat not found"),
    ("sendMessage", {"text": "x", "chat_id": "nobody"}, "chat not found"),
    ("sendPhoto", {}, "there is no photo in the request"),
    ("sendPhoto", {"photo": "AgACnone"}, "wrong file identifier/HTTP URL specified"),
    ("sendPhoto", {"photo": "AgACnone", "caption": "x" * 1025}, "message caption is too long"),
    ("sendVideo", {"video": "attach://missing"}, "there is no video in the request"),
    ("sendMediaGroup", {}, 'parameter "media" is required'),
    ("sendMediaGroup", {"media": "x"}, "can't parse media JSON object"),
    ("sendMediaGroup", {"media": [{"type": "photo", "media": "x"}]}, "media group must include 2-10 items"),
    (
        "sendMediaGroup",
        {"media": [{"type": "animation", "media": "x"}] * 2},
        "can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup",
    ),
    ("sendLocation", {"latitude": 1}, 'parameter "longitude" is required'),
    ("sendLocation", {"latitude": "north", "longitude": 1}, 'wrong type of parameter "latitude": Float expected'),
    ("sendContact", {"phone_number": "1"}, 'parameter "first_name" is required'),
    ("sendChatAction", {"action": "sleeping"}, "wrong parameter action in request"),
    ("editMessageText", {"text": "x"}, "message identifier is not specified"),
    ("editMessageText", {"text": "x", "message_id": 99}, "message to edit not found"),
    ("editMessageText", {"text": "x", "message_id": "last"}, 'wrong type of parameter "message_id": Integer expected'),
    ("editMessageText", {"text": "x", "message_id": 1}, "message can't be edited"),
    ("editMessageText", {"text": "old", "message_id": 2, "reply_markup": inline(BUTTON)}, NOT_MODIFIED),
    ("editMessageReplyMarkup", {"message_id": 2, "reply_markup": inline(BUTTON)}, NOT_MODIFIED),
    ("editMessageReplyMarkup", {"message_id": 2, "reply_markup": {"keyboard": [["a"]]}}, "inline keyboard expected"),
    ("editMessageCaption", {"caption": "x", "message_id": 2}, "there is no caption in the message to edit"),
    ("deleteMessage", {"message_id": 99}, "message to delete not found"),
    ("deleteMessages", {"message_ids": []}, "message identifiers are not specified"),
    ("answerCallbackQuery", {"callback_query_id": "7"}, "query is too old and response timeout expired or query ID is invalid"),
    ("answerCallbackQuery", {"callback_query_id": "7", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
    ("getFile", {}, "file_id not specified"),
    ("getFile", {"file_id": "x"}, "wrong file_id or the file is temporarily unavailable"),
    ("setMyCommands", {"commands": {}}, "expected an Array of BotCommand"),
    ("setMyCommands", {"commands": [{"command": "A b", "description": "x"}]}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": "a", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ("setWebhook", {"url": "ftp://x"}, "bad webhook: Wrong HTTP URL specified"),
    ("setWebhook", {"url": "https://x", "secret_token": "a b"}, "secret token contains unallowed characters"),
    ("getChatMember", {"user_id": 7}, "user not found"),
]


@pytest.mark.parametrize(("method", "params", "words"), REFUSED, ids=[f"{row[0]}-{row[2][:40]}" for row in REFUSED])
async def test_a_wrong_call_is_refused_in_telegrams_words(world, ann, call, method, params, words):
    """400 with that description, and nothing has changed."""
    world.post(world.chat(ann.id), {"text": "old", "reply_markup": inline(BUTTON)})
    before = repr(world.chat(ann.id))
    answer = await call(method, **{"chat_id": ann.id, **params})
    assert answer == {"ok": False, "error_code": 400, "description": f"Bad Request: {words}"}
    assert repr(world.chat(ann.id)) == before


async def test_somebody_who_never_wrote_or_blocked_the_bot_gets_nothing(world, ann, call):
    """403, with the words for each."""
    shy = world.add_person("Shy")
    world.block(ann.id)
    assert await call("sendMessage", chat_id=shy.id, text="x") == {
        "ok": False,
        "error_code": 403,
        "description": "Forbidden: bot can't initiate conversation with a user",
    }
    assert await call("sendChatAction", chat_id=ann.id, action="typing") == {
        "ok": False,
        "error_code": 403,
        "description": "Forbidden: bot was blocked by the user",
    }
    assert world.chat(shy.id).messages == []


async def test_unknown_methods_and_tokens(simulator, session, call):
    """404 for a method nobody knows and for a path that holds no token, 401 for somebody else's token."""
    assert await call("sendNonsense") == {"ok": False, "error_code": 404, "description": "Not Found"}
    for token, code, words in (("123456:other", 401, "Unauthorized"), ("nonsense", 404, "Not Found")):
        async with session.get(f"{simulator.url}/bot{token}/getMe") as response:
            assert (response.status, await response.json()) == (code, {"ok": False, "error_code": code, "description": words})


async def test_limits_count_utf16_units_after_the_formatting_is_parsed(ann, call):
    """4,096 units pass, however long the source with its tags is."""
    text = "<b>" + "😀" * 2048 + "</b>"
    answer = await call("sendMessage", chat_id=ann.id, text=text, parse_mode="HTML")
    assert answer["result"]["entities"] == [{"type": "bold", "offset": 0, "length": 4096}]


async def test_a_body_that_is_no_json_is_refused(simulator, session):
    async with session.post(
        f"{simulator.url}/bot123456:token/sendMessage", data=b"{", headers={"Content-Type": "application/json"}
    ) as response:
        assert (await response.json())["description"] == "Bad Request: can't parse JSON object"
