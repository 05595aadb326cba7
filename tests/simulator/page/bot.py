"""A small bot on the other side of the Bot API, for tests of the chat page."""

import asyncio
import json
from contextlib import suppress

import aiohttp

from simulator.page.samples import make_sample

TOKEN = "42:TEST"


class Bot:
    """Answers over HTTP as any bot would; `gate` holds back the answers to presses while it is closed."""

    def __init__(self, url, session):
        self._url = f"{url}/bot{TOKEN}/"
        self._session = session
        self.gate = asyncio.Event()
        self.gate.set()

    async def call(self, method, files=(), **fields):
        form = aiohttp.FormData()
        for name, value in fields.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        for name, file_name, data in files:
            form.add_field(name, data, filename=file_name)
        async with self._session.post(self._url + method, data=form) as answer:
            result = await answer.json()
        assert result["ok"], result
        return result["result"]

    async def run(self):
        offset = 0
        with suppress(aiohttp.ClientError):  # one test stops the server
            while True:
                for update in await self.call("getUpdates", offset=offset, timeout=20):
                    offset = update["update_id"] + 1
                    await self._take(update)

    async def _take(self, update):
        if "callback_query" in update:
            await self._answer_press(update["callback_query"])
        elif "message" in update:
            await self._answer(update["message"]["chat"]["id"], update["message"].get("text", ""))

    async def _answer_press(self, query):
        await self.gate.wait()
        chat, data = query["message"]["chat"]["id"], query["data"]
        alert = data == "alert"
        await self.call("answerCallbackQuery", callback_query_id=query["id"], text=f"You chose {data}", show_alert=alert)
        if not alert:
            text = f"{query['message']['text']}\n{data}"
            await self.call("editMessageText", chat_id=chat, message_id=query["message"]["message_id"], text=text)

    async def _answer(self, chat, text):
        picture = make_sample("photo")["data"]
        match text:
            case "/photo":
                await self.call("sendPhoto", [("photo", "hills.png", picture)], chat_id=chat, caption="Hills")
            case "/video":
                for method in ("sendVideo", "sendAnimation"):
                    file = (method[4:].lower(), "film.mp4", b"\0\0\0\x18ftypmp42film")
                    await self.call(method, [file], chat_id=chat, width=320, height=180, duration=2)
            case "/album":
                media = [{"type": "photo", "media": f"attach://f{number}"} for number in range(3)]
                await self.call("sendMediaGroup", [(f"f{n}", "hills.png", picture) for n in range(3)], chat_id=chat, media=media)
            case "/type":
                await self.call("sendChatAction", chat_id=chat, action="typing")
            case "/keys":
                keyboard = {"keyboard": [["Standing", "Sitting"], ["Lying"]], "one_time_keyboard": True}
                await self.call("sendMessage", chat_id=chat, text="Where?", reply_markup=keyboard)
            case "/rich":
                rich = "🌊 <b>bold <i>both</i></b> <a href='https://example.org/x'>link</a> /photo <tg-spoiler>secret</tg-spoiler>"
                await self.call("sendMessage", chat_id=chat, text=rich, parse_mode="HTML")
            case "/delete":
                sent = await self.call("sendMessage", chat_id=chat, text="Soon gone")
                await self.gate.wait()
                await self.call("deleteMessage", chat_id=chat, message_id=sent["message_id"])
            case _ if text.startswith("/start"):
                rows = [[{"text": "Calm", "callback_data": "calm"}, {"text": "Tense", "callback_data": "tense"}]]
                rows.append([{"text": "Alert", "callback_data": "alert"}])
                await self.call("sendMessage", chat_id=chat, text="How are you?", reply_markup={"inline_keyboard": rows})
            case _:
                await self.call("sendMessage", chat_id=chat, text=f"You wrote: {text}")
