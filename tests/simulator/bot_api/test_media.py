"""Files: upload, reuse by file_id, download, albums, replacement."""

import hashlib
import io
import struct
import zlib

import aiohttp
import orjson
import pytest

from simulator.world.images import measure_image


def make_png(width: int, height: int) -> bytes:
    """A black picture of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((width + 7) // 8) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def upload(simulator, session, world):
    """`await upload("sendPhoto", {"chat_id": 1}, photo=("a.png", bytes))`: a multipart request."""

    async def post(method, fields, **files):
        form = aiohttp.FormData()
        for name, value in fields.items():
            form.add_field(name, str(value))
        for name, (file_name, data) in files.items():
            form.add_field(name, io.BytesIO(data), filename=file_name)
        async with session.post(f"{simulator.url}/bot{world.token}/{method}", data=form) as response:
            return await response.json()

    return post


@pytest.fixture
def download(simulator, session, world, call):
    async def get(file_id):
        path = (await call("getFile", file_id=file_id))["result"]["file_path"]
        async with session.get(f"{simulator.url}/file/bot{world.token}/{path}") as response:
            return await response.read()

    return get


async def test_a_photo_comes_in_sizes_can_be_sent_again_and_downloaded(world, ann, upload, download, call):
    """Smallest size first; the same file_unique_id for the same content; one upload counted; bytes unchanged."""
    data = make_png(800, 400)
    message = (await upload("sendPhoto", {"chat_id": ann.id, "caption": "Look"}, photo=("a.png", data)))["result"]
    small, whole = message["photo"]
    assert (small["width"], small["height"], whole["width"], whole["height"]) == (320, 160, 800, 400)
    assert message["caption"] == "Look" and whole["file_size"] == len(data)
    again = (await call("sendPhoto", chat_id=ann.id, photo=whole["file_id"]))["result"]
    assert again["photo"] == message["photo"]
    other = (await upload("sendPhoto", {"chat_id": ann.id}, photo=("b.png", data)))["result"]["photo"][-1]
    assert other["file_unique_id"] == whole["file_unique_id"] and other["file_id"] != whole["file_id"]
    assert world.uploads == {hashlib.sha256(data).hexdigest(): 2}
    assert await download(whole["file_id"]) == data == await download(small["file_id"])


async def test_uploads_may_be_counted_alone(world, ann, upload, call):
    """Under load: nothing is kept, but size, count and file_id are those of a file; its beginning and size tell two apart."""
    world.files.are_kept = False
    film = b"a film" + bytes(1_000_000)
    first, second, other = [
        (await upload("sendVideo", {"chat_id": ann.id, "caption": "Look"}, video=("a.mp4", data)))["result"]
        for data in (film, film, b"another" + film[1:])
    ]
    assert first["video"]["file_size"] == len(film) and first["caption"] == "Look"
    assert sorted(world.uploads.values()) == [1, 2] and not world.files.blobs
    assert first["video"]["file_unique_id"] == second["video"]["file_unique_id"] != other["video"]["file_unique_id"]
    again = (await call("sendVideo", chat_id=ann.id, video=first["video"]["file_id"]))["result"]
    assert again["video"] == first["video"]


@pytest.mark.parametrize(
    ("method", "kind", "name", "fields", "expected"),
    [
        (
            "sendVideo",
            "video",
            "a.mp4",
            {"duration": 3, "width": 10, "height": 20},
            {"duration": 3, "width": 10, "height": 20, "mime_type": "video/mp4"},
        ),
        (
            "sendAudio",
            "audio",
            "a.mp3",
            {"title": "Rain", "performer": "Sky"},
            {"title": "Rain", "performer": "Sky", "file_name": "a.mp3"},
        ),
        ("sendVoice", "voice", "a.ogg", {"duration": 7}, {"duration": 7, "mime_type": "audio/ogg"}),
        ("sendAnimation", "animation", "a.mp4", {}, {"mime_type": "video/mp4", "file_name": "a.mp4"}),
        ("sendDocument", "document", "a.pdf", {}, {"mime_type": "application/pdf", "file_name": "a.pdf"}),
    ],
)
async def test_every_kind_of_file(world, ann, upload, call, download, method, kind, name, fields, expected):
    """The object has what was told of it, comes by its file_id again, and never as another kind."""
    message = (await upload(method, {"chat_id": ann.id, **fields}, **{kind: (name, b"some bytes")}))["result"]
    one = message[kind]
    assert one | expected == one and one["file_size"] == 10
    assert (await call(method, chat_id=ann.id, **{kind: one["file_id"]}))["result"][kind] == one
    assert await download(one["file_id"]) == b"some bytes"
    refused = await call("sendPhoto", chat_id=ann.id, photo=one["file_id"])
    assert refused["description"].startswith("Bad Request: can't use file of type ")


async def test_an_album_shares_a_group_id(world, ann, upload, call):
    """Uploads by attach:// and a known file together; captions of their own; kinds that do not go together are refused."""
    known = (await upload("sendPhoto", {"chat_id": ann.id}, photo=("k.png", make_png(9, 9))))["result"]["photo"][-1]["file_id"]
    media = [
        {"type": "photo", "media": "attach://one", "caption": "<b>1</b>", "parse_mode": "HTML"},
        {"type": "video", "media": "attach://two"},
        {"type": "photo", "media": known},
    ]
    fields = {"chat_id": ann.id, "media": orjson.dumps(media).decode()}
    messages = (await upload("sendMediaGroup", fields, one=("1.png", make_png(5, 5)), two=("2.mp4", b"film")))["result"]
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [("photo" in m, "video" in m, m.get("caption")) for m in messages] == [
        (True, False, "1"),
        (False, True, None),
        (True, False, None),
    ]
    assert world.chat(ann.id).messages[-3:] == messages
    mixed = [{"type": "photo", "media": known}, {"type": "document", "media": "attach://two"}]
    refused = await upload("sendMediaGroup", {"chat_id": ann.id, "media": orjson.dumps(mixed).decode()}, two=("2.txt", b"x"))
    assert refused["description"] == "Bad Request: can't use the media of the specified type in the album"


async def test_captions_and_media_are_edited_in_place(ann, upload, call):
    """A new caption keeps the picture, new media replace it, the same again is refused."""
    fields = {"chat_id": ann.id, "caption": "one"}
    sent = (await upload("sendPhoto", fields, photo=("a.png", make_png(5, 5))))["result"]
    number = {"chat_id": ann.id, "message_id": sent["message_id"]}
    edited = (await call("editMessageCaption", **number, caption="two"))["result"]
    assert (edited["caption"], edited["photo"]) == ("two", sent["photo"])
    assert (await call("editMessageCaption", **number, caption="two"))["description"].startswith(
        "Bad Request: message is not modified"
    )
    media = orjson.dumps({"type": "video", "media": "attach://new"}).decode()
    replaced = (await upload("editMessageMedia", {**number, "media": media}, new=("b.mp4", b"film")))["result"]
    assert "photo" not in replaced and "caption" not in replaced and replaced["video"]["file_name"] == "b.mp4"
    assert (await call("editMessageText", **number, text="x"))[
        "description"
    ] == "Bad Request: there is no text in the message to edit"


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("photo", b"no image", "IMAGE_PROCESS_FAILED"),
        ("photo", make_png(2, 400), "PHOTO_INVALID_DIMENSIONS"),
        (
            "photo",
            bytes(10 * 1024 * 1024 + 1),
            "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
        ),
        ("document", b"", "file must be non-empty"),
    ],
    ids=["no-image", "too-narrow", "too-big", "empty"],
)
async def test_files_that_telegram_does_not_take(ann, upload, kind, data, words):
    answer = await upload(f"send{kind}", {"chat_id": ann.id}, **{kind: ("a.bin", data)})
    assert answer == {"ok": False, "error_code": 400, "description": f"Bad Request: {words}"}


async def test_a_body_over_fifty_megabytes_is_413(ann, upload):
    answer = await upload("sendDocument", {"chat_id": ann.id}, document=("a.bin", bytes(52 * 1024 * 1024)))
    assert answer == {"ok": False, "error_code": 413, "description": "Request Entity Too Large"}


async def test_files_over_twenty_megabytes_can_be_sent_and_not_fetched(ann, upload, call):
    sent = (await upload("sendDocument", {"chat_id": ann.id}, document=("a.bin", bytes(20 * 1024 * 1024 + 1))))["result"]
    assert (await call("getFile", file_id=sent["document"]["file_id"]))["description"] == "Bad Request: file is too big"


async def test_a_file_can_be_sent_by_its_address(world, ann, simulator, upload, call):
    """Fetched over HTTP; an address where nothing is gives Telegram's refusal."""
    sent = (await upload("sendPhoto", {"chat_id": ann.id}, photo=("a.png", make_png(5, 6))))["result"]
    path = (await call("getFile", file_id=sent["photo"][-1]["file_id"]))["result"]["file_path"]
    base = f"{simulator.url}/file/bot{world.token}"
    again = (await call("sendPhoto", chat_id=ann.id, photo=f"{base}/{path}"))["result"]
    assert again["photo"][-1]["height"] == 6
    refused = await call("sendPhoto", chat_id=ann.id, photo=f"{base}/photos/none.png")
    assert refused["description"] == "Bad Request: failed to get HTTP URL content"


async def test_what_a_person_sends_can_be_downloaded(world, ann, call, download):
    world.send_media(ann.id, "voice", data=b"my voice", duration=4)
    (update,) = (await call("getUpdates"))["result"]
    voice = update["message"]["voice"]
    assert voice["duration"] == 4
    assert await download(voice["file_id"]) == b"my voice"


async def test_downloads_need_the_token(simulator, session, world, ann):
    number = world.send_media(ann.id, "document", data=b"secret")
    path = world.files.find(world.chat(ann.id).by_id[number]["document"]["file_id"]).path
    for token, status in (("123456:other", 401), (world.token, 200)):
        async with session.get(f"{simulator.url}/file/bot{token}/{path}") as response:
            assert response.status == status


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (make_png(3, 4), (3, 4)),
        (b"GIF89a" + struct.pack("<HH", 3, 4) + bytes(9), (3, 4)),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x11\x08" + struct.pack(">HH", 4, 3) + bytes(9), (3, 4)),
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\x02\0\0\x03\0\0", (3, 4)),
        (b"RIFF\0\0\0\0WEBPVP8L" + bytes(5) + (2 | 3 << 14).to_bytes(4, "little"), (3, 4)),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(10) + struct.pack("<HH", 3, 4), (3, 4)),
        (b"BM" + bytes(16) + struct.pack("<ii", 3, -4), (3, 4)),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\xff\xd8\xff\xe0\x00\x04ab", None),
        (b"hello", None),
    ],
    ids=["png", "gif", "jpeg", "webp-x", "webp-l", "webp", "bmp", "cut-png", "cut-jpeg", "text"],
)
def test_the_size_of_an_image_is_read_from_its_head(data, size):
    assert measure_image(data) == size
