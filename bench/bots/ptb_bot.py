"""python-telegram-bot as it comes: plain handlers, state in `context.user_data`, `concurrent_updates(True)`."""

from questions import API, TOKEN, K, buttons, question, store_delay
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters


async def ask(update: Update, n: int, answers: list[str]) -> None:
    row = buttons(n)
    markup = InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=data) for text, data in row]]) if row else None
    await update.effective_message.reply_text(question(n, answers), reply_markup=markup)


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    context.user_data["answers"] = []
    await ask(update, 1, [])


async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE, value: str) -> None:
    if "answers" not in context.user_data:
        return
    answers = [*context.user_data["answers"], value]
    await store_delay()
    context.user_data["answers"] = answers
    if len(answers) < K:
        await ask(update, len(answers) + 1, answers)


async def on_button(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.callback_query.answer()
    await answer(update, context, update.callback_query.data)


async def on_text(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await answer(update, context, update.message.text)


def main() -> None:
    builder = ApplicationBuilder().token(TOKEN).base_url(API + "/bot").concurrent_updates(True)
    application = builder.read_timeout(30).write_timeout(30).connect_timeout(30).build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(on_button))
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, on_text))
    application.run_polling()


if __name__ == "__main__":
    main()
