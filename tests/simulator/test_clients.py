"""Telegram libraries by others run against the simulator as they come."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import CommandStart
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Message
from telegram import InlineKeyboardButton as PtbButton
from telegram import InlineKeyboardMarkup as PtbMarkup
from telegram import InputMediaPhoto as PtbPhoto
from telegram.error import BadRequest, Forbidden, RetryAfter
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, CommandHandler, MessageHandler, filters

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364600000000600023081d02f0000000049454e44ae426082"
)


def texts(world, person):
    return [message.get("text") or message.get("caption") for message in world.chat(person.id).messages]


async def talk(world, person, wait_until):
    """Walk through the little bot that both libraries implement below."""
    world.say(person.id, "/start deep")
    await wait_until(lambda: len(texts(world, person)) == 2)
    world.press(person.id, world.chat(person.id).messages[-1]["message_id"], "yes")
    await wait_until(lambda: world.chat(person.id).toasts)
    await wait_until(lambda: texts(world, person)[1] == "Chosen: yes")
    world.say(person.id, "a <word>")
    await wait_until(lambda: len(texts(world, person)) == 6)
    world.send_media(person.id, "document", data=b"notes", file_name="n.txt")
    await wait_until(lambda: len(texts(world, person)) == 8)
    expected = ["/start deep", "Chosen: yes", "a <word>", "You: a <word>", "one", "two", None, "notes"]
    assert texts(world, person) == expected
    assert [toast["text"] for toast in world.chat(person.id).toasts] == ["Saved"]
    assert "reply_markup" not in world.chat(person.id).messages[1]


@asynccontextmanager
async def aiogram_bot(world, simulator):
    session = AiohttpSession(api=TelegramAPIServer.from_base(simulator.url))
    bot = Bot(world.token, session=session)
    dispatcher = Dispatcher()
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="yes")]])

    @dispatcher.message(CommandStart(deep_link=True))
    async def start(message: Message, command) -> None:
        await message.answer(f"Welcome {command.args}", reply_markup=keyboard)

    @dispatcher.callback_query()
    async def press(query: CallbackQuery) -> None:
        await query.answer("Saved")
        await query.message.edit_text(f"Chosen: <b>{query.data}</b>", parse_mode="HTML")

    @dispatcher.message(F.document)
    async def document(message: Message) -> None:
        data = await bot.download(message.document)
        await message.answer(data.read().decode())

    @dispatcher.message()
    async def anything(message: Message) -> None:
        await message.answer(f"You: {message.text}")
        sent = await message.answer_photo(BufferedInputFile(PIXEL, "p.png"), caption="one")
        await message.answer_photo(sent.photo[-1].file_id, caption="two")

    polling = asyncio.ensure_future(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=2))
    try:
        yield bot
    finally:
        await dispatcher.stop_polling()
        await polling
        await session.close()


async def test_an_aiogram_bot(world, simulator, wait_until):
    """Start, press, edit, upload, reuse by file_id, download; refusals arrive as aiogram's exceptions."""
    person = world.add_person("Ann")
    async with aiogram_bot(world, simulator) as bot:
        await talk(world, person, wait_until)
        album = await bot.send_media_group(
            person.id, [InputMediaPhoto(media=BufferedInputFile(PIXEL, f"{n}.png"), caption=str(n)) for n in range(2)]
        )
        assert album[0].media_group_id == album[1].media_group_id is not None
        with pytest.raises(TelegramBadRequest, match="message to edit not found"):
            await bot.edit_message_text("x", chat_id=person.id, message_id=999)
        assert (await bot.get_chat(person.id)).first_name == "Ann"
        assert (await bot.get_webhook_info()).pending_update_count <= 1


@asynccontextmanager
async def ptb_application(world, simulator):
    builder = ApplicationBuilder().token(world.token)
    application = builder.base_url(f"{simulator.url}/bot").base_file_url(f"{simulator.url}/file/bot").build()

    async def start(update, context):
        await update.message.reply_text(
            f"Welcome {context.args[0]}", reply_markup=PtbMarkup([[PtbButton("Yes", callback_data="yes")]])
        )

    async def press(update, context):
        await update.callback_query.answer("Saved")
        await update.callback_query.edit_message_text(f"Chosen: *{update.callback_query.data}*", parse_mode="MarkdownV2")

    async def document(update, context):
        file = await update.message.document.get_file()
        await update.message.reply_text((await file.download_as_bytearray()).decode())

    async def anything(update, context):
        await update.message.reply_text(f"You: {update.message.text}")
        sent = await update.message.reply_photo(PIXEL, caption="one")
        await update.message.reply_photo(sent.photo[-1].file_id, caption="two")

    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(press))
    application.add_handler(MessageHandler(filters.Document.ALL, document))
    application.add_handler(MessageHandler(filters.TEXT, anything))
    async with application:
        await application.start()
        await application.updater.start_polling(timeout=2)
        try:
            yield application
        finally:
            await application.updater.stop()
            await application.stop()


@pytest.mark.filterwarnings("ignore:.*`retry_after` will be of type")  # the library warns of its own future
async def test_a_python_telegram_bot_application(world, simulator, wait_until):
    """The same walk; every answer is parsed by the library; refusals arrive as its exceptions."""
    person, shy = world.add_person("Ann"), world.add_person("Shy")
    async with ptb_application(world, simulator) as application:
        await talk(world, person, wait_until)
        bot = application.bot
        album = await bot.send_media_group(person.id, [PtbPhoto(PIXEL), PtbPhoto(PIXEL)])
        assert album[0].media_group_id == album[1].media_group_id is not None
        await bot.set_my_commands([("start", "Begin")])
        assert [command.command for command in await bot.get_my_commands()] == ["start"]
        assert (await bot.get_chat(person.id)).first_name == "Ann"
        assert (await bot.get_chat_member(person.id, person.id)).status == "member"
        with pytest.raises(BadRequest, match="Message is not modified"):
            await bot.edit_message_reply_markup(person.id, world.chat(person.id).messages[1]["message_id"])
        with pytest.raises(Forbidden):
            await bot.send_message(shy.id, "hello")
        world.faults.add("sendMessage", kind="too_many_requests", retry_after=3, times=1)
        with pytest.raises(RetryAfter):
            await bot.send_message(person.id, "hello")
