// grammY with its session, @grammyjs/runner and sequentialize.   usage: grammy_bot.mjs [mongo]   (sessions in memory, or in MongoDB)
import { run, sequentialize } from '@grammyjs/runner';
import { Bot, InlineKeyboard, session } from 'grammy';
import { API, K, STORE_MS, TOKEN, buttons, question, storeDelay } from './questions.mjs';

const bot = new Bot(TOKEN, { client: { apiRoot: API } });
bot.use(sequentialize((ctx) => String(ctx.chat?.id)));
bot.use(session({ initial: () => ({ answers: null }), storage: await makeStorage(process.argv[2]) }));

async function makeStorage(kind) {
  if (kind !== 'mongo') return undefined;
  const [{ MongoDBAdapter }, { MongoClient }] = await Promise.all([import('@grammyjs/storage-mongodb'), import('mongodb')]);
  const client = await new MongoClient(process.env.BENCH_MONGO, { writeConcern: { w: 'majority', journal: true } }).connect();
  return new MongoDBAdapter({ collection: client.db(process.env.BENCH_DB).collection('sessions') });
}
async function ask(ctx, n, answers) {
  const row = buttons(n);
  await ctx.reply(question(n, answers), row ? { reply_markup: new InlineKeyboard([row.map(([text, data]) => InlineKeyboard.text(text, data))]) } : {});
}
async function answer(ctx, value) {
  if (!ctx.session.answers) return;
  const answers = [...ctx.session.answers, value];
  if (STORE_MS) await storeDelay();
  ctx.session.answers = answers;
  if (answers.length < K) await ask(ctx, answers.length + 1, answers);
}
bot.command('start', async (ctx) => { ctx.session.answers = []; await ask(ctx, 1, []); });
bot.on('callback_query:data', async (ctx) => { await ctx.answerCallbackQuery(); await answer(ctx, ctx.callbackQuery.data); });
bot.on('message:text', (ctx) => answer(ctx, ctx.message.text));

const runner = run(bot);
process.once('SIGTERM', () => runner.stop().then(() => process.exit(0)));
