"""Faults on demand: each kind, whom it hits, how often."""

import asyncio
from itertools import pairwise

import aiohttp
import pytest

from simulator.world.faults import KINDS, Faults


def add_rule(world, kind, **options):
    return world.faults.add("sendMessage", kind=kind, **options)


@pytest.mark.parametrize(
    ("kind", "options", "answer"),
    [
        (
            "too_many_requests",
            {"retry_after": 7},
            {"error_code": 429, "description": "Too Many Requests: retry after 7", "parameters": {"retry_after": 7}},
        ),
        ("server_error", {}, {"error_code": 500, "description": "Internal Server Error"}),
        ("not_found", {}, {"error_code": 404, "description": "Not Found"}),
        ("unauthorized", {}, {"error_code": 401, "description": "Unauthorized"}),
        (
            "conflict",
            {},
            {
                "error_code": 409,
                "description": "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            },
        ),
        ("bad_request", {"description": "Bad Request: no"}, {"error_code": 400, "description": "Bad Request: no"}),
        ("forbidden", {}, {"error_code": 403, "description": "Forbidden: bot was blocked by the user"}),
    ],
)
async def test_a_refusal_on_demand_and_nothing_happens(world, ann, call, kind, options, answer):
    """Exactly that answer; the message is not sent; without the rule it is."""
    rule = add_rule(world, kind, **options)
    assert await call("sendMessage", chat_id=ann.id, text="x") == {"ok": False, **answer}
    assert len(world.chat(ann.id).messages) == 1
    world.faults.remove(rule)
    assert (await call("sendMessage", chat_id=ann.id, text="x"))["ok"] is True
    assert world.faults.hits == {rule: 1}


@pytest.mark.parametrize(
    ("kind", "options", "sent"),
    [
        ("reset_before", {}, False),
        ("reset_after", {}, True),
        ("hang", {"seconds": 0.05}, False),
        ("hang", {"seconds": 0.05, "applied": True}, True),
    ],
)
async def test_a_connection_that_breaks(world, ann, call, kind, options, sent):
    """The caller sees no answer; whether the message went out depends on when it broke."""
    add_rule(world, kind, **options)
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=ann.id, text="x")
    assert (len(world.chat(ann.id).messages) == 2) is sent


async def test_html_from_a_gateway(world, ann, simulator, session):
    add_rule(world, "html")
    async with session.post(f"{simulator.url}/bot{world.token}/sendMessage", json={"chat_id": ann.id, "text": "x"}) as response:
        assert (response.status, response.content_type) == (502, "text/html")
        assert "502 Bad Gateway" in await response.text()


async def test_a_delay_and_latency_only_take_time(world, ann, call):
    add_rule(world, "delay", seconds=0.01)
    world.latency = 0.01
    assert (await call("sendMessage", chat_id=ann.id, text="x"))["ok"] is True


async def test_updates_come_again(world, ann, call):
    """What was confirmed before stands in front of what is new, under its own ids."""
    world.say(ann.id, "one")
    (first,) = (await call("getUpdates"))["result"]
    world.say(ann.id, "two")
    world.faults.add(kind="duplicate_updates")
    answer = await call("getUpdates", offset=first["update_id"] + 1)
    assert [update["message"]["text"] for update in answer["result"]] == ["one", "two"]
    assert answer["result"][0] == first
    assert (await call("sendMessage", chat_id=ann.id, text="x"))["ok"] is True


def test_a_rule_hits_its_method_and_chat_only():
    """Method in any case; the first rule that fits decides."""
    faults = Faults()
    one = faults.add("sendPhoto", 5, kind="not_found")
    two = faults.add("*", 5, kind="forbidden")
    assert faults.pick("sendphoto", 6) is None
    assert faults.pick("sendphoto", None) is None
    assert faults.pick("sendphoto", 5).id == one
    assert faults.pick("sendmessage", 5).id == two
    faults.clear()
    assert not faults
    assert faults.pick("sendphoto", 5) is None


def test_chance_is_seeded_and_times_are_counted():
    """The same seed gives the same run; `times` ends a rule."""

    def run(seed):
        faults = Faults(seed)
        faults.add(kind="not_found", probability=0.3)
        return [faults.pick("getme", None) is not None for _ in range(200)]

    assert run(1) == run(1) != run(2)
    assert 30 < sum(run(1)) < 90
    faults = Faults()
    rule = faults.add(kind="not_found", times=2)
    assert [faults.pick("getme", None) is not None for _ in range(4)] == [True, True, False, False]
    assert faults.hits[rule] == 2


@pytest.mark.parametrize(("wrong", "word"), [({"kind": "earthquake"}, "earthquake"), ({"kind": "html", "seconds": 1}, "seconds")])
def test_unknown_kinds_and_options_are_refused(wrong, word):
    with pytest.raises(ValueError, match=word):
        Faults().add(**wrong)


def test_every_kind_can_be_added_with_its_defaults():
    faults = Faults()
    assert [faults.add(kind=kind) for kind in KINDS] == list(range(1, len(KINDS) + 1))


# --- refusals in Telegram's words, each for the calls that can get it

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
HIT = [
    ("chat_not_found", "sendMessage", {"text": "x"}, 400, "Bad Request: chat not found"),
    ("not_modified", "editMessageText", {"message_id": 2, "text": "other"}, 400, NOT_MODIFIED),
    ("edit_not_found", "editMessageReplyMarkup", {"message_id": 2}, 400, "Bad Request: message to edit not found"),
    (
        "cant_parse",
        "sendMessage",
        {"text": "<b>x</b>", "parse_mode": "HTML"},
        400,
        "Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 0",
    ),
    ("wrong_file_id", "sendPhoto", {"photo": "AgACAgIAAxk1"}, 400, "Bad Request: wrong file identifier/HTTP URL specified"),
    ("wrong_file_id", "getFile", {"file_id": "x"}, 400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
    ("blocked", "sendMessage", {"text": "x"}, 403, "Forbidden: bot was blocked by the user"),
]


@pytest.mark.parametrize(("kind", "method", "fields", "code", "description"), HIT)
async def test_a_refusal_in_telegrams_words(world, ann, call, kind, method, fields, code, description):
    world.post(world.chat(ann.id), {"text": "a question"})
    rule = world.faults.add(method, kind=kind)
    answer = await call(method, chat_id=ann.id, **fields)
    assert (answer["ok"], answer["error_code"], answer["description"]) == (False, code, description)
    assert world.faults.hits[rule] == 1
    assert [message["text"] for message in world.chat(ann.id).messages] == ["/start", "a question"]


@pytest.mark.parametrize(
    ("kind", "method", "fields"),
    [
        ("not_modified", "sendMessage", {"text": "x"}),
        ("edit_not_found", "sendMessage", {"text": "x"}),
        ("query_too_old", "sendMessage", {"text": "x"}),
        ("cant_parse", "sendMessage", {"text": "plain"}),
        ("wrong_file_id", "sendMessage", {"text": "x"}),
        ("poison_updates", "sendMessage", {"text": "x"}),
    ],
)
async def test_a_call_that_can_not_get_a_refusal_is_let_be(world, ann, call, kind, method, fields):
    rule = world.faults.add(kind=kind)
    assert (await call(method, chat_id=ann.id, **fields))["ok"] is True
    assert world.faults.hits[rule] == 0


async def test_an_upload_works_where_a_file_id_does_not(world, ann, simulator, session):
    """So a bot can send the file anew."""
    world.faults.add(kind="wrong_file_id")
    form = aiohttp.FormData({"chat_id": str(ann.id)})
    form.add_field("document", b"hello", filename="hello.txt")
    async with session.post(f"{simulator.url}/bot{world.token}/sendDocument", data=form) as response:
        file_id = (await response.json())["result"]["document"]["file_id"]
    async with session.post(
        f"{simulator.url}/bot{world.token}/sendDocument", json={"chat_id": ann.id, "document": file_id}
    ) as response:
        assert (await response.json())["error_code"] == 400


async def test_a_press_can_not_be_answered_any_more_in_one_chat(world, ann, call):
    """The call names no chat; the press does."""
    bob = world.add_person("Bob")
    world.say(bob.id, "/start")
    keyboard = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
    queries = [
        world.press(one.id, world.post(world.chat(one.id), {"text": "?", "reply_markup": keyboard})["message_id"], "a")
        for one in (ann, bob)
    ]
    world.faults.add("answerCallbackQuery", bob.id, kind="query_too_old")
    assert (await call("answerCallbackQuery", callback_query_id=queries[0]))["ok"] is True
    refused = await call("answerCallbackQuery", callback_query_id=queries[1])
    assert refused["description"] == "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert world.chat(bob.id).toasts == []


async def test_a_429_for_one_chat_and_for_all(world, ann, call, simulator, session):
    """The seconds stand in the parameters, in the words and in the header."""
    bob = world.add_person("Bob")
    world.say(bob.id, "/start")
    world.faults.add("sendMessage", bob.id, kind="too_many_requests", retry_after=5, times=1)
    assert (await call("sendMessage", chat_id=ann.id, text="x"))["ok"] is True
    assert (await call("sendMessage", chat_id=bob.id, text="x"))["parameters"] == {"retry_after": 5}
    world.faults.add(kind="too_many_requests", retry_after=9)
    for person in (ann, bob):
        address = f"{simulator.url}/bot{world.token}/sendMessage"
        async with session.post(address, json={"chat_id": person.id, "text": "x"}) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "9")


async def test_an_answer_that_comes_late_to_what_was_done_at_once(world, ann, call):
    add_rule(world, "delay", seconds=0.05, applied=True)
    calling = asyncio.create_task(call("sendMessage", chat_id=ann.id, text="x"))
    while len(world.chat(ann.id).messages) < 2:
        await asyncio.sleep(0.001)
    assert not calling.done()
    assert (await calling)["ok"] is True


# --- people and chats


async def test_somebody_blocks_the_bot_and_comes_back(world, ann, call):
    """403, and the bot is told of both (my_chat_member); while blocked every call is refused."""
    add_rule(world, "blocked", seconds=0.05, times=1)
    for _ in range(2):
        assert (await call("sendMessage", chat_id=ann.id, text="x"))["error_code"] == 403
    updates = (await call("getUpdates"))["result"]
    updates += (await call("getUpdates", offset=updates[-1]["update_id"] + 1, timeout=5))["result"]
    assert [one["my_chat_member"]["new_chat_member"]["status"] for one in updates] == ["kicked", "member"]
    assert (await call("sendMessage", chat_id=ann.id, text="x"))["ok"] is True


async def test_a_group_becomes_a_supergroup(world, ann, call):
    """The old id tells the new one for ever, both chats hear of it, the new one works."""
    group = world.add_group(ann.id)
    updates = (await call("getUpdates"))["result"]
    world.faults.add("sendMessage", group.id, kind="chat_migrated", times=1)
    for _ in range(2):
        refused = await call("sendMessage", chat_id=group.id, text="x")
        assert refused["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    new = refused["parameters"]["migrate_to_chat_id"]
    updates = (await call("getUpdates", offset=updates[-1]["update_id"] + 1))["result"]
    moves = [{key: one["message"].get(key) for key in ("migrate_to_chat_id", "migrate_from_chat_id")} for one in updates]
    assert moves == [
        {"migrate_to_chat_id": new, "migrate_from_chat_id": None},
        {"migrate_to_chat_id": None, "migrate_from_chat_id": group.id},
    ]
    assert (await call("sendMessage", chat_id=new, text="x"))["result"]["chat"]["type"] == "supergroup"


# --- updates


async def take(call, count, after=0):
    """So many updates, however many polls they need."""
    found = []
    async with asyncio.timeout(5):
        while len(found) < count:
            found += (await call("getUpdates", offset=found[-1]["update_id"] + 1 if found else after, timeout=2))["result"]
    return found


async def test_a_press_and_a_text_cross_and_each_keeps_its_own_order(world, ann, call):
    keyboard = {"inline_keyboard": [[{"text": letter, "callback_data": letter} for letter in "ab"]]}
    question = world.post(world.chat(ann.id), {"text": "?", "reply_markup": keyboard})["message_id"]
    rule = world.faults.add("getUpdates", kind="crossing_updates", seconds=0.05, times=1)
    world.press(ann.id, question, "a")
    world.press(ann.id, question, "b")
    world.say(ann.id, "one")
    world.say(ann.id, "two")
    updates = await take(call, 4)
    said = [one["message"]["text"] if "message" in one else one["callback_query"]["data"] for one in updates]
    assert said == ["one", "two", "a", "b"]
    assert [one["update_id"] for one in updates] == sorted(one["update_id"] for one in updates)
    assert world.faults.hits[rule] == 1


async def test_the_messages_of_two_people_cross(world, ann, call):
    bob = world.add_person("Bob")
    world.faults.add("getUpdates", ann.id, kind="crossing_updates", seconds=0.05)
    for number in range(3):
        world.say(ann.id, f"ann {number}")
        world.say(bob.id, f"bob {number}")
    said = [one["message"]["text"] for one in await take(call, 6)]
    assert said == ["bob 0", "bob 1", "bob 2", "ann 0", "ann 1", "ann 2"]


async def test_what_is_late_is_not_lost_when_the_world_is_saved(world, ann, tmp_path):
    world.faults.add(kind="crossing_updates", seconds=60.0)
    world.say(ann.id, "late")
    assert world.pending == 0
    world.save(tmp_path / "world.json")
    assert world.pending == 1


async def test_ids_jump_down_once_and_polls_go_on(world, ann, call):
    """An offset far above all ids reads from the head, as the real server does."""
    world.say(ann.id, "before")
    (before,) = await take(call, 1)
    assert (await call("getUpdates", offset=before["update_id"] + 1))["result"] == []
    world.faults.add(kind="jumping_ids", times=1)
    world.say(ann.id, "after")
    world.say(ann.id, "later")
    after = await take(call, 2, before["update_id"] + 1)
    assert [one["message"]["text"] for one in after] == ["after", "later"]
    assert after[0]["update_id"] < before["update_id"] and after[1]["update_id"] == after[0]["update_id"] + 1


async def test_however_often_ids_jump_none_comes_twice(world, ann):
    world.faults.add(kind="jumping_ids")
    seen = []
    for number in range(2000):
        world.say(ann.id, f"message {number}")
        (update,) = world.updates.waiting()
        seen.append(update.id)
        world.updates.clear()
    assert len(set(seen)) == len(seen)
    assert sum(later < earlier for earlier, later in pairwise(seen)) > 100


async def test_ids_never_jump_over_what_waits(world, ann):
    world.say(ann.id, "waits")
    rule = world.faults.add(kind="jumping_ids", times=1)
    world.say(ann.id, "waits too")
    assert world.faults.hits[rule] == 0


@pytest.mark.parametrize("shape", ["unknown_kind", "missing_fields", "huge", "any"])
async def test_poison_comes_before_each_update_and_hides_none(world, ann, call, shape):
    world.faults.add(kind="poison_updates", shape=shape, size=50_000)
    for number in range(6):
        world.say(ann.id, f"word {number}")
    updates = await take(call, 12)
    assert [one["message"]["text"] for one in updates[1::2]] == [f"word {number}" for number in range(6)]
    poison = updates[0::2]
    if shape == "unknown_kind":
        assert all(set(one) == {"update_id", "telepathy"} for one in poison)
    if shape == "missing_fields":
        assert all("message" not in one or not {"chat", "date"} & set(one["message"]) for one in poison)
        assert len({tuple(one) for one in poison}) > 1
    if shape == "huge":
        assert all(len(one["message"]["text"]) == 50_000 for one in poison)


async def test_poison_comes_in_its_chat_only_even_if_the_bot_asked_for_few_kinds(world, ann, call):
    bob = world.add_person("Bob")
    await call("getUpdates", allowed_updates=["message"])
    rule = world.faults.add("getUpdates", bob.id, kind="poison_updates", shape="unknown_kind")
    world.say(ann.id, "x")
    world.say(bob.id, "y")
    assert [list(one)[1] for one in await take(call, 3)] == ["message", "telepathy", "message"]
    assert world.faults.hits[rule] == 1


async def test_buttons_that_never_were_are_pressed(world, ann, call):
    world.faults.add(kind="unknown_presses")
    question = world.post(world.chat(ann.id), {"text": "?"})["message_id"]
    for _ in range(6):
        world.say(ann.id, "x")
    updates = await take(call, 12)
    presses = [one["callback_query"] for one in updates if "callback_query" in one]
    assert len(presses) == 6
    assert all(one["from"]["id"] == ann.id and not world.chat(ann.id).has_button(question, one["data"]) for one in presses)
    assert (await call("answerCallbackQuery", callback_query_id=presses[0]["id"]))["ok"] is True


async def test_only_one_chats_updates_come_again(world, ann, call):
    bob = world.add_person("Bob")
    for person, words in ((ann, "a"), (bob, "b")):
        world.say(person.id, words)
    first = await take(call, 2)
    world.faults.add("getUpdates", bob.id, kind="duplicate_updates")
    world.say(ann.id, "new")
    answer = await call("getUpdates", offset=first[-1]["update_id"] + 1)
    assert [update["message"]["text"] for update in answer["result"]] == ["b", "new"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "html", "probability": 1.5}, "between 0 and 1"),
        ({"kind": "html", "times": 0}, "never comes"),
        ({"kind": "html", "code": 200}, "400 to 599"),
        ({"kind": "hang", "seconds": -1}, "can't be below 0"),
        ({"kind": "hang", "seconds": "long"}, "a value like"),
        ({"kind": "hang", "applied": 1}, "a value like"),
        ({"kind": "poison_updates", "shape": "round"}, "one of any"),
        ({"kind": "jumping_ids", "method": "sendMessage"}, "getUpdates"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(wrong, words):
    with pytest.raises(ValueError, match=words):
        Faults().add(**wrong)
