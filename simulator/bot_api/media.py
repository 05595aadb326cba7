"""Methods that send files: sendPhoto and its kin, sendMediaGroup, getFile."""

from dataclasses import dataclass
from typing import Any

import aiohttp

from simulator.bot_api.bodies import LARGEST_UPLOAD, Upload
from simulator.bot_api.checks import Params, bad, find_chat, read_caption, read_flag, read_integer, read_json, read_string
from simulator.bot_api.messages import publish
from simulator.world.chats import Message
from simulator.world.files import StoredFile
from simulator.world.images import measure_image
from simulator.world.world import World

LARGEST_PHOTO = 10 * 1024 * 1024  # bytes; tdlib/td FileLoaderUtils.cpp, MAX_PHOTO_SIZE
LARGEST_DOWNLOAD = 20 * 1024 * 1024  # bytes that getFile gives, and that a URL may have
_LARGEST_SIDES = 10_000  # pixels: width and height of a photo together
_LONGEST_SIDE_RATIO = 20
_URL_TIMEOUT = aiohttp.ClientTimeout(total=10)
_GROUPABLE = {"photo": "visual", "video": "visual", "audio": "audio", "document": "document"}
_NUMBERS = ("duration", "width", "height", "length")
_TYPE_NAMES = {
    "photo": "Photo",
    "video": "Video",
    "audio": "Audio",
    "voice": "VoiceNote",
    "animation": "Animation",
    "document": "Document",
}


@dataclass(frozen=True)
class SendFile:
    """send<Kind>: the method of one kind of file."""

    kind: str

    async def __call__(self, world: World, params: Params) -> Message:
        chat = find_chat(world, params)
        caption = read_caption(params)
        source = _find_source(params, params.get(self.kind), self.kind)
        if source is None:
            raise bad(f"there is no {self.kind} in the request")
        content = await make_content(world, self.kind, source, params)
        return publish(world, chat, content | caption | _read_looks(params), params)


async def send_media_group(world: World, params: Params) -> list[Message]:
    chat = find_chat(world, params)
    items = read_json(params, "media", "media")
    if items is None:
        raise bad('parameter "media" is required')
    if not isinstance(items, list):
        raise bad("expected an Array of InputMedia")
    if not 2 <= len(items) <= 10:
        raise bad("media group must include 2-10 items" if items else "there are no messages to send")
    contents = [await read_input_media(world, params, item, for_album=True) for item in items]
    if len({_GROUPABLE[item["type"]] for item in items}) > 1:
        raise bad("can't use the media of the specified type in the album")
    group = str(13_000_000_000_000_000 + world.next_message)
    return [publish(world, chat, content | {"media_group_id": group}, _without_markup(params)) for content in contents]


async def read_input_media(world: World, params: Params, item: Any, for_album: bool = False) -> Message:
    """The content of a message from an InputMedia object. Raises Refusal."""
    if not isinstance(item, dict):
        raise bad("can't parse InputMedia: expected an Object")
    kind = item.get("type")
    if kind not in _TYPE_NAMES or kind == "voice":
        raise bad(
            f'can\'t parse InputMedia: type "{kind}" is unsupported'
            if kind
            else "can't parse InputMedia: Can't find field \"type\""
        )
    if for_album and kind not in _GROUPABLE:
        raise bad(f"can't parse InputMedia: type \"{kind}\" can't be used in sendMediaGroup")
    caption = read_caption(item)
    source = _find_source(params, item.get("media"), "")
    if source is None:
        raise bad("can't parse InputMedia: media not found")
    return await make_content(world, kind, source, item) | caption | _read_looks(item)


async def make_content(world: World, kind: str, source: Upload | str, fields: Params) -> Message:
    """`{photo: […]}` and so on: a file uploaded, known by its file_id, or fetched from a URL. Raises Refusal."""
    if isinstance(source, str):
        file = await _find_remote(world, kind, source, fields)
    else:
        world.uploads[source.digest] += 1
        file = _store(world, kind, source, fields)
    return {kind: file.content} | ({"document": file.content} if kind == "animation" else {})


def get_file(world: World, params: Params) -> dict[str, Any]:
    file_id = read_string(params, "file_id")
    if not file_id:
        raise bad("file_id not specified")
    file = world.files.find(file_id)
    if file is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if file.size > LARGEST_DOWNLOAD:
        raise bad("file is too big")
    objects = file.content if isinstance(file.content, list) else [file.content]
    chosen = next(one for one in objects if one["file_id"] == file_id)
    return {name: chosen[name] for name in ("file_id", "file_unique_id", "file_size")} | {"file_path": file.path}


def _find_source(params: Params, given: Any, field: str) -> Upload | str | None:
    """The upload or the text that a file parameter means; `attach://name` names another part of the request."""
    if isinstance(given, str) and given.startswith("attach://"):
        given = params.get(given.removeprefix("attach://"))
        return given if isinstance(given, Upload) else None
    if isinstance(given, Upload) or (isinstance(given, str) and given):
        return given
    return None


async def _find_remote(world: World, kind: str, source: str, fields: Params) -> StoredFile:
    if source.startswith(("http://", "https://")):
        return _store(world, kind, await _download(source), fields)
    file = world.files.find(source)
    if file is None:
        raise bad("wrong file identifier/HTTP URL specified")
    if file.kind != kind:
        raise bad(f"can't use file of type {_TYPE_NAMES.get(file.kind, file.kind)} as {_TYPE_NAMES[kind]}")
    return file


async def _download(url: str) -> Upload:
    """The file at an address, as Telegram's servers would fetch it."""
    try:
        async with aiohttp.ClientSession(timeout=_URL_TIMEOUT) as session, session.get(url) as response:
            response.raise_for_status()
            data = await response.content.read(LARGEST_DOWNLOAD + 1)
            while len(data) <= LARGEST_DOWNLOAD and (more := await response.content.read(LARGEST_DOWNLOAD + 1)):
                data += more
    except (aiohttp.ClientError, TimeoutError, ValueError):
        raise bad("failed to get HTTP URL content") from None
    if not data or len(data) > LARGEST_DOWNLOAD:
        raise bad("wrong type of the web page content" if not data else "file is too big")
    return Upload(url.partition("?")[0].rpartition("/")[2], response.content_type, data, len(data), "")


def _store(world: World, kind: str, upload: Upload, fields: Params) -> StoredFile:
    if not upload.size:
        raise bad("file must be non-empty")
    if upload.size > LARGEST_UPLOAD:
        raise bad("file is too big")
    if kind == "photo":
        _check_photo(upload)
    numbers = {name: read_integer(fields, name, 0, 0) for name in _NUMBERS if fields.get(name)}
    names = {name: read_string(fields, name) for name in ("title", "performer") if fields.get(name)}
    mime = {"mime_type": upload.mime_type} if upload.mime_type not in ("", "application/octet-stream") else {}
    return world.files.store(kind, upload.data, upload.name, numbers | names | mime, upload.digest, upload.size)


def _check_photo(photo: Upload) -> None:
    if photo.size > LARGEST_PHOTO:
        raise bad(f"file of size {photo.size} bytes is too big for a photo; the maximum size is {LARGEST_PHOTO} bytes")
    size = measure_image(photo.data)
    if size is None:
        raise bad("IMAGE_PROCESS_FAILED")
    if sum(size) > _LARGEST_SIDES or max(size) > _LONGEST_SIDE_RATIO * min(size):
        raise bad("PHOTO_INVALID_DIMENSIONS")


def _read_looks(params: Params) -> Message:
    looks = {"has_spoiler": "has_media_spoiler", "show_caption_above_media": "show_caption_above_media"}
    return {field: True for name, field in looks.items() if name in params and read_flag(params, name)}


def _without_markup(params: Params) -> Params:
    return {name: value for name, value in params.items() if name != "reply_markup"}
