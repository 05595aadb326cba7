// Telegraf 4 with its session middleware (in memory) and long polling.
import http from 'node:http';
import { Markup, Telegraf, session } from 'telegraf';
import { API, K, STORE_MS, TOKEN, buttons, question, storeDelay } from './questions.mjs';

const bot = new Telegraf(TOKEN, { telegram: { apiRoot: API } });
// Telegraf keeps connections alive only over HTTPS; it gets the same over HTTP, else it would open one for every call
if (API.startsWith('http:')) bot.telegram.options.agent = new http.Agent({ keepAlive: true });
bot.use(session({ defaultSession: () => ({ answers: null }) }));

async function ask(ctx, n, answers) {
  const row = buttons(n);
  await ctx.reply(question(n, answers), row ? Markup.inlineKeyboard([row.map(([text, data]) => Markup.button.callback(text, data))]) : {});
}
async function answer(ctx, value) {
  if (!ctx.session.answers) return;
  const answers = [...ctx.session.answers, value];
  if (STORE_MS) await storeDelay();
  ctx.session.answers = answers;
  if (answers.length < K) await ask(ctx, answers.length + 1, answers);
}
bot.start(async (ctx) => { ctx.session.answers = []; await ask(ctx, 1, []); });
bot.on('callback_query', async (ctx) => { await ctx.answerCbQuery(); await answer(ctx, ctx.callbackQuery.data); });
bot.on('text', (ctx) => answer(ctx, ctx.message.text));

bot.catch((error) => console.error('Traceback', error.message));
bot.launch();
process.once('SIGTERM', () => process.exit(0));
