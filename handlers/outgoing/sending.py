"""One outbox item -> one call to Telegram: files are uploaded once and reused by file_id, made things are made now."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from database.store import Store, StoreUnavailable
from handlers.api.answers import ApiError
from handlers.api.refusals import Verdict, judge
from handlers.api.transport import Call, Telegram, Upload
from handlers.rendering.messages import Item
from media.library import PIECE_BYTES, File, Library, MissingMedia

logger = logging.getLogger("waymark.sending")

Made = tuple[str, str, str, bytes]  # parameter, file name, MIME type, content
Maker = Callable[[int, Mapping[str, Any]], Awaitable[Made]]


class Unsendable(Exception):
    """The item can't be sent as it is, whatever Telegram thinks of it; the words are for the operator."""


class Sender:
    """Sends items; knows nothing of order, retries or people."""

    def __init__(self, telegram: Telegram, store: Store, library: Library, makers: Mapping[str, Maker]) -> None:
        self._telegram, self._store, self._library, self._makers = telegram, store, library, makers
        self._uploading: dict[str, asyncio.Lock] = {}
        self._file_ids: dict[str, str] = {}  # bounded by the number of media files of the programmes

    def send(self, chat: int, item: Item) -> Awaitable[Any]:
        """Telegram's result, to be awaited. Raises ApiError, Unreachable, Unsendable."""
        if "make" in item or "files" in item:
            return self._send_content(chat, item)
        return self.begin(chat, item).sent()

    async def _send_content(self, chat: int, item: Item) -> Any:
        params = {"chat_id": chat, **item["params"]}
        if "make" in item:
            return await self._send_made(chat, item, params)
        try:
            return await self._send_files(item, params)
        except MissingMedia as error:
            raise Unsendable(str(error)) from error

    def begin(self, chat: int, item: Item) -> Call:
        """The call of an item without files, sent now."""
        return self._telegram.begin(item["method"], {"chat_id": chat, **item["params"]})

    def act(self, method: str, params: Mapping[str, Any]) -> None:
        """A call beside every order, best effort: an answered press, a typing action."""
        self._telegram.begin(method, params, timeout=10.0).forget(_say_failed)

    async def _send_made(self, chat: int, item: Item, params: dict[str, Any]) -> Any:
        field, name, mime, content = await self._makers[item["make"]](chat, item.get("arguments", {}))
        return await self._telegram.upload(item["method"], params, {field: Upload(name, mime, len(content), _pieces_of(content))})

    async def _send_files(self, item: Item, params: dict[str, Any]) -> Any:
        """With file_ids where all are known; else, or where Telegram no longer knows them, with the files themselves."""
        method = item["method"]
        found = {field: await self._library.find(programme, path) for field, (programme, path) in item["files"].items()}
        known = await self._find_ids(found, method)
        if all(known.values()):
            try:
                return await self._telegram.call(method, _with_ids(method, params, known))
            except ApiError as error:
                await self._forget_stale(error, found, method, known)
        return await self._upload_alone(method, params, found)

    async def _upload_alone(self, method: str, params: dict[str, Any], found: Mapping[str, File]) -> Any:
        """One upload of a file at a time, so that a hundred people cost one: who comes later finds the id."""
        key = "/".join(sorted(file.digest for file in found.values()))
        lock = self._uploading.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                known = await self._find_ids(found, method)
                try:
                    return await self._upload(method, params, found, known)
                except ApiError as error:
                    await self._forget_stale(error, found, method, known)
                return await self._upload(method, params, found, dict.fromkeys(found))
        finally:
            if not lock.locked():
                self._uploading.pop(key, None)

    async def _upload(self, method: str, params: dict[str, Any], found: Mapping[str, File], known: Mapping[str, str | None]) -> Any:
        missing = {field: file for field, file in found.items() if not known[field]}
        ready = _with_ids(method, params, known)
        if not missing:
            return await self._telegram.call(method, ready)
        if method == "sendMediaGroup":
            for field in missing:
                ready["media"][int(field)]["media"] = f"attach://file{field}"
        prefix = "file" if method == "sendMediaGroup" else ""
        uploads = {prefix + field: self._upload_of(file) for field, file in missing.items()}
        result = await self._telegram.upload(method, ready, uploads)
        for field, file in missing.items():
            message = result[int(field)] if method == "sendMediaGroup" else result
            if file_id := _file_id_of(message):
                await self._keep(file, method, file_id)
        return result

    def _upload_of(self, file: File) -> Upload:
        return Upload(file.name, file.mime, file.size, lambda: self._library.read(file))

    async def _find_ids(self, found: Mapping[str, File], method: str) -> dict[str, str | None]:
        return {field: await self._find_file_id(file, method) for field, file in found.items()}

    async def _find_file_id(self, file: File, method: str) -> str | None:
        key = _key(file, method)
        if key not in self._file_ids and (stored := await self._store.find_file_id(key)):
            self._file_ids[key] = stored
        return self._file_ids.get(key)

    async def _keep(self, file: File, method: str, file_id: str) -> None:
        self._file_ids[_key(file, method)] = file_id
        try:
            await self._store.save_file_id(_key(file, method), file_id)
        except StoreUnavailable as error:  # the message is out; the next process uploads the file once more
            logger.warning("the id of an uploaded file is kept in memory alone: %s", error)

    async def _forget_stale(self, error: ApiError, found: Mapping[str, File], method: str, known: Mapping[str, str | None]) -> None:
        """The ids that were `known` and refused are forgotten, unless others have taken their place meanwhile. Raises any other
        error again."""
        if judge(error) is not Verdict.STALE_FILE or not any(known.values()):
            raise error
        for field, file in found.items():
            key = _key(file, method)
            if known[field] and self._file_ids.get(key) == known[field]:
                logger.info("Telegram no longer knows %s; it is uploaded again", file.name)
                del self._file_ids[key]
                await self._store.delete_file_id(key)


def _say_failed(error: BaseException) -> None:
    logger.debug("not repeated: %s", error)


def _key(file: File, method: str) -> str:
    """The same bytes sent as a picture and as a document have two ids."""
    return f"{file.digest}:{'sendPhoto' if method == 'sendMediaGroup' and file.mime.startswith('image/') else method}"


def _with_ids(method: str, params: dict[str, Any], known: Mapping[str, str | None]) -> dict[str, Any]:
    ids = {field: file_id for field, file_id in known.items() if file_id}
    if method != "sendMediaGroup":
        return {**params, **ids}
    media = [{**entry, "media": ids.get(str(place), entry["media"])} for place, entry in enumerate(params["media"])]
    return {**params, "media": media}


def _file_id_of(message: Mapping[str, Any]) -> str | None:
    """The id of whatever file a message carries; of a photo's sizes the last is the largest."""
    for kind in ("animation", "video", "audio", "voice", "document"):  # an animation comes with a document beside it
        if kind in message:
            return str(message[kind]["file_id"])
    return str(message["photo"][-1]["file_id"]) if message.get("photo") else None


def _pieces_of(content: bytes) -> Callable[[], AsyncIterator[bytes]]:
    async def read() -> AsyncIterator[bytes]:
        for start in range(0, len(content), PIECE_BYTES):
            yield content[start : start + PIECE_BYTES]

    return read
