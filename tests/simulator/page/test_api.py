"""The chat page's HTTP side: what it tells, what it does for a person, and what it refuses."""

import aiohttp
import pytest

from simulator.bot_api.server import Simulator
from simulator.page.page import add_page
from simulator.world.world import World


@pytest.fixture
def world():
    world = World("42:TEST")
    world.add_person("Mona", language_code="ar")
    return world


@pytest.fixture
def mona(world):
    return next(iter(world.people.values()))


@pytest.fixture
async def simulator(world):
    simulator = Simulator(world)
    add_page(simulator.app, world, "Calm <b>")
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def client(simulator):
    async with aiohttp.ClientSession(simulator.url) as session:
        yield session


async def _get(client, path, **options):
    async with client.get(path, **options) as answer:
        return answer.status, await answer.json()


async def _post(client, path, body, **options):
    async with client.post(path, json=body, **options) as answer:
        return answer.status, await answer.json()


def _bot_says(world, person, text, **fields):
    return world.post(world.chat(person.id), {"text": text, **fields})["message_id"]


async def test_serves_the_page_with_its_title_escaped_and_a_strict_policy(client):
    async with client.get("/") as answer:
        page = await answer.text()
        assert answer.status == 200
        assert answer.content_type == "text/html"
        assert "<title>Calm &lt;b&gt;: chats</title>" in page
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name, content_type", [("main.js", "text/javascript"), ("style.css", "text/css"), ("mark.svg", "image/svg+xml")]
)
async def test_serves_its_own_files_with_their_types(client, name, content_type):
    async with client.get(f"/static/{name}") as answer:
        assert (answer.status, answer.content_type) == (200, content_type)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["page.py", "..%2Fpage.py", "%2Fetc%2Fpasswd", "index.html"])
async def test_serves_no_other_file(client, name):
    async with client.get(f"/static/{name}") as answer:
        assert answer.status == 404


async def test_lists_people_with_their_last_message_and_the_bots_message_ids(client, world, mona):
    world.say(mona.id, "/start")
    first, second = _bot_says(world, mona, "Hello"), _bot_says(world, mona, "How are you?")
    status, listed = await _get(client, "/api/people")
    assert status == 200
    assert listed["bot"] == {"first_name": "Calm <b>", "username": "waymark_bot", "description": ""}
    [person] = listed["people"]
    assert (person["id"], person["first_name"], person["language_code"]) == (mona.id, "Mona", "ar")
    assert person["last"]["text"] == "How are you?"
    assert person["unseen"] == [first, second]


async def test_adds_a_person(client, world):
    status, person = await _post(client, "/api/people", {"first_name": " Jonas ", "language_code": "de"})
    assert status == 201
    assert (person["first_name"], person["language_code"], person["last"]) == ("Jonas", "de", None)
    assert world.people[person["id"]].first_name == "Jonas"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"first_name": ""},
        {"first_name": "  "},
        {"first_name": 7},
        {"first_name": "x" * 65},
        {"first_name": "Jo", "language_code": "<b>"},
        {"first_name": "Jo", "language_code": None},
        ["Jo"],
    ],
)
async def test_refuses_a_person_without_a_proper_name_or_language(client, world, body):
    status, answer = await _post(client, "/api/people", body)
    assert status == 400
    assert answer["error"]
    assert len(world.people) == 1


async def test_lists_messages_newest_last_in_pages(client, world, mona):
    ids = [world.say(mona.id, f"word {number}") for number in range(320)]
    _, newest = await _get(client, f"/api/people/{mona.id}/messages")
    _, middle = await _get(client, f"/api/people/{mona.id}/messages?before={ids[170]}")
    _, oldest = await _get(client, f"/api/people/{mona.id}/messages?before={ids[20]}")
    assert [message["message_id"] for message in newest["messages"]] == ids[170:]
    assert [message["message_id"] for message in middle["messages"]] == ids[20:170]
    assert [message["message_id"] for message in oldest["messages"]] == ids[:20]
    assert [page["more"] for page in (newest, middle, oldest)] == [True, True, False]


async def test_offers_the_commands_of_the_persons_language(client, world, mona):
    start = {"command": "start", "description": "Begin"}
    arabic = {"command": "start", "description": "ابدأ"}
    world.commands["all_private_chats"] = {"": [start], "ar": [arabic]}
    assert await _get(client, f"/api/people/{mona.id}/commands") == (200, {"commands": [arabic]})


async def test_what_a_person_says_reaches_the_bot(client, world, mona):
    status, answer = await _post(client, f"/api/people/{mona.id}/say", {"text": " /start calm \n"})
    assert status == 200
    [message] = world.chat(mona.id).messages
    assert (message["message_id"], message["text"]) == (answer["message_id"], "/start calm")
    assert world.pending == 1


@pytest.mark.parametrize("text", ["", " \n", "x" * 4097, "🌊" * 2049, None, 5])
async def test_refuses_texts_that_telegram_would_not_send(client, world, mona, text):
    status, answer = await _post(client, f"/api/people/{mona.id}/say", {"text": text})
    assert status == 400
    assert answer["error"]
    assert world.pending == 0


async def test_takes_the_longest_text_that_telegram_sends(client, world, mona):
    assert (await _post(client, f"/api/people/{mona.id}/say", {"text": "🌊" * 2048}))[0] == 200


async def test_presses_a_button_that_is_there_and_no_other(client, world, mona):
    message = _bot_says(world, mona, "Sure?", reply_markup={"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]})
    path = f"/api/people/{mona.id}/press"
    status, answer = await _post(client, path, {"message_id": message, "data": "yes"})
    assert (status, list(answer)) == (200, ["query_id"])
    assert world.pending == 1
    assert (await _post(client, path, {"message_id": message, "data": "no"}))[0] == 409
    assert (await _post(client, path, {"message_id": message + 1, "data": "yes"}))[0] == 409
    assert (await _post(client, path, {"message_id": "1", "data": "yes"}))[0] == 400
    assert world.pending == 1


@pytest.mark.parametrize("kind", ["photo", "sticker", "voice", "document", "location", "contact"])
async def test_sends_an_example_of_each_kind(client, world, mona, kind):
    status, _ = await _post(client, f"/api/people/{mona.id}/send", {"kind": kind})
    assert status == 200
    [message] = world.chat(mona.id).messages
    assert kind in message


async def test_sends_no_other_kind(client, world, mona):
    assert (await _post(client, f"/api/people/{mona.id}/send", {"kind": "../photo"}))[0] == 400
    assert world.pending == 0


async def test_edits_ones_own_words_only(client, world, mona):
    mine, theirs = world.say(mona.id, "seven"), _bot_says(world, mona, "Thank you")
    path = f"/api/people/{mona.id}/edit"
    assert await _post(client, path, {"message_id": mine, "text": "eight"}) == (200, {})
    assert world.chat(mona.id).messages[0]["text"] == "eight"
    assert (await _post(client, path, {"message_id": theirs, "text": "eight"}))[0] == 409
    assert (await _post(client, path, {"message_id": 999, "text": "eight"}))[0] == 409
    assert (await _post(client, path, {"message_id": mine, "text": " "}))[0] == 400


async def test_a_person_who_blocked_the_bot_says_nothing_until_they_unblock_it(client, world, mona):
    path = f"/api/people/{mona.id}"
    message = _bot_says(world, mona, "Sure?", reply_markup={"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]})
    assert await _post(client, f"{path}/block", {}) == (200, {})
    assert world.people[mona.id].blocked
    for verb, body in [("say", {"text": "hi"}), ("send", {"kind": "photo"}), ("press", {"message_id": message, "data": "yes"})]:
        assert await _post(client, f"{path}/{verb}", body) == (409, {"error": "Mona has blocked the bot."})
    assert await _post(client, f"{path}/unblock", {}) == (200, {})
    assert (await _post(client, f"{path}/say", {"text": "hi"}))[0] == 200


@pytest.mark.parametrize("verb", ["say", "press", "send", "edit", "block", "unblock"])
async def test_knows_nobody_else(client, verb):
    assert await _post(client, f"/api/people/5/{verb}", {}) == (404, {"error": "Nobody here has that id."})


async def test_events_follow_a_hello_and_are_numbered_after_the_snapshot(client, world, mona):
    world.say(mona.id, "before")
    async with client.ws_connect("/api/events") as socket:
        hello = await socket.receive_json(timeout=5)
        _, snapshot = await _get(client, f"/api/people/{mona.id}/messages")
        message = world.say(mona.id, "after")
        world.show_action(world.chat(mona.id), "typing")
        world.remove(world.chat(mona.id), message)
        events = [await socket.receive_json(timeout=5) for _ in range(3)]
    assert hello["kind"] == "hello"
    assert [event["kind"] for event in events] == ["message", "action", "deleted"]
    assert [event["seq"] - snapshot["seq"] for event in events] == [1, 2, 3]
    assert {event["person_id"] for event in events} == {mona.id}
    assert events[0]["data"]["text"] == "after"


async def test_a_page_that_lags_too_far_is_told_to_read_anew(client, world, mona, monkeypatch):
    monkeypatch.setattr("simulator.page.events.QUEUE", 3)
    async with client.ws_connect("/api/events") as socket:
        assert (await socket.receive_json(timeout=5))["kind"] == "hello"
        for number in range(5):
            world.say(mona.id, f"word {number}")
        kinds = [(await socket.receive_json(timeout=5))["kind"] for _ in range(2)]
    assert kinds == ["missed", "message"]


async def test_open_pages_do_not_hold_up_the_end_of_the_server(client, simulator, world, mona):
    async with client.ws_connect("/api/events") as socket:
        await socket.receive_json(timeout=5)
        await simulator.stop()
        assert (await socket.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    world.say(mona.id, "nobody listens any more")


async def test_gives_the_bytes_of_media_whole_and_in_ranges(client, world, mona):
    world.send_media(mona.id, "video", data=b"0123456789", mime_type="video/mp4")
    path = "/api/files/" + world.chat(mona.id).messages[0]["video"]["file_id"]
    async with client.get(path) as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "video/mp4", b"0123456789")
        assert answer.headers["Accept-Ranges"] == "bytes"
    for wanted, piece, told in [("2-4", b"234", "2-4"), ("7-", b"789", "7-9"), ("-2", b"89", "8-9"), ("8-99", b"89", "8-9")]:
        async with client.get(path, headers={"Range": f"bytes={wanted}"}) as answer:
            assert (answer.status, await answer.read()) == (206, piece)
            assert answer.headers["Content-Range"] == f"bytes {told}/10"
    for wanted in ("10-", "5-2", "x"):
        async with client.get(path, headers={"Range": f"bytes={wanted}"}) as answer:
            assert answer.status == 416


@pytest.mark.parametrize("name, mime", [("page.html", "text/html"), ("drawing.svg", "image/svg+xml"), ("data.xml", "text/xml")])
async def test_a_file_that_could_run_is_a_download_only(client, world, mona, name, mime):
    world.send_media(mona.id, "document", data=b"<script>alert(1)</script>", file_name=name, mime_type=mime)
    async with client.get("/api/files/" + world.chat(mona.id).messages[0]["document"]["file_id"]) as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_has_no_file_under_an_unknown_id(client):
    assert (await _get(client, "/api/files/AAAA"))[0] == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8090", "127.0.0.1.evil.example", "192.168.1.5", "localhost.evil.example", "[::1", ""]
)
async def test_answers_no_other_host_name(client, host):
    """A site that rebinds its name to this machine still sends its own name."""
    for path in ("/", "/static/main.js", "/api/people", "/api/events", "/api/files/AAAA"):
        async with client.get(path, headers={"Host": host}) as answer:
            assert answer.status in (400, 403)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8090", "[::1]:8090", "waymark.localhost:1"])
async def test_answers_every_loopback_name(client, host):
    assert (await _get(client, "/api/people", headers={"Host": host}))[0] == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", "http://127.0.0.1"])
async def test_refuses_posts_and_sockets_from_other_sites(client, world, mona, origin):
    status, _ = await _post(client, f"/api/people/{mona.id}/say", {"text": "hi"}, headers={"Origin": origin})
    assert status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await client.ws_connect("/api/events", headers={"Origin": origin})
    assert world.pending == 0


async def test_takes_posts_and_sockets_from_the_page_itself(client, simulator, mona):
    headers = {"Origin": simulator.url}
    assert (await _post(client, f"/api/people/{mona.id}/say", {"text": "hi"}, headers=headers))[0] == 200
    async with client.ws_connect("/api/events", headers=headers) as socket:
        assert (await socket.receive_json(timeout=5))["kind"] == "hello"


async def test_takes_json_only(client, world, mona):
    """A form of another site needs no permission to be posted; JSON does."""
    for content_type in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {"Content-Type": content_type}
        async with client.post(f"/api/people/{mona.id}/say", data=b'{"text": "hi"}', headers=headers) as answer:
            assert answer.status == 415
    async with client.post(f"/api/people/{mona.id}/say", data=b"{", headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 400
    assert world.pending == 0


@pytest.mark.parametrize("chunked", [False, True])
async def test_bounds_the_body(client, world, mona, chunked):
    async def pieces():
        for _ in range(20):
            yield b" " * 4096

    headers = {"Content-Type": "application/json"}
    async with client.post(f"/api/people/{mona.id}/say", data=pieces() if chunked else b" " * 81920, headers=headers) as answer:
        assert answer.status == 413
    assert world.pending == 0
