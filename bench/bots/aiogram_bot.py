"""aiogram 3 with its state machine.   usage: aiogram_bot.py [mongo]   (state in memory, or in MongoDB)"""

import asyncio
import os
import sys

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from questions import API, TOKEN, K, buttons, question, store_delay


class Form(StatesGroup):
    asking = State()


async def ask(message: Message, n: int, answers: list[str]) -> None:
    row = buttons(n)
    markup = None
    if row:
        markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text=t, callback_data=d) for t, d in row]])
    await message.answer(question(n, answers), reply_markup=markup)


async def start(message: Message, state: FSMContext) -> None:
    await state.set_state(Form.asking)
    await state.set_data({"answers": []})
    await ask(message, 1, [])


async def answer(message: Message, state: FSMContext, value: str) -> None:
    answers = [*(await state.get_data())["answers"], value]
    await store_delay()
    await state.update_data(answers=answers)
    if len(answers) + 1 == K:
        await state.set_state(None)
    await ask(message, len(answers) + 1, answers)


async def on_button(query: CallbackQuery, state: FSMContext) -> None:
    await query.answer()
    await answer(query.message, state, query.data)


async def on_text(message: Message, state: FSMContext) -> None:
    await answer(message, state, message.text)


def make_storage() -> BaseStorage:
    if "mongo" not in sys.argv:
        return MemoryStorage()
    from aiogram.fsm.storage.mongo import MongoStorage

    options = {"w": "majority", "journal": True}
    return MongoStorage.from_url(os.environ["BENCH_MONGO"], connection_kwargs=options, db_name=os.environ["BENCH_DB"])


async def main() -> None:
    dispatcher = Dispatcher(storage=make_storage())
    dispatcher.message.register(start, CommandStart())
    dispatcher.callback_query.register(on_button, Form.asking)
    dispatcher.message.register(on_text, Form.asking, F.text)
    await dispatcher.start_polling(Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(API))))


if __name__ == "__main__":
    asyncio.run(main())
