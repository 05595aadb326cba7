// The command line of the load server, and the flow that every contestant leads people through.
export const options = {
  bot: '', // the command of the bot under test
  name: 'bot', // what to call it in the result
  people: 50,
  mode: 'closed', // closed: everybody answers at once; open: actions at a fixed rate; burst: several texts of one person at once
  warmup: 2, // seconds before the window that is measured
  seconds: 5, // of that window
  rate: 200, // actions a second in open mode
  burst: 5, // texts in one go
  early: 'take', // in burst mode, texts written before their question was shown: take = each answers the next question;
  //               refuse = the first counts, the others get a word (a bot that lets no text answer a question nobody had seen)
  'api-delay': 0, // milliseconds before a send or an answered press is answered: the network between bot and Telegram
  start: '/start', // what begins a flow
  answer: 'data', // what a press is stored as: data (the callback data) or label (the words on the button)
  finish: 0, // 1: the last question is answered too, and a closing message must come
  'bot-cpu': 0, // the core that the bot is pinned to
  drain: 4, // seconds that what is still open gets at the end, more while it gets fewer
  stuck: 60, // seconds after which an action counts as lost
  tls: '', // a PEM file with key and certificate: serve over HTTPS
  log: '', // a file for the bot's standard error
};
for (let i = 2; i < process.argv.length; i += 2) {
  const key = process.argv[i].replace(/^--/, '');
  if (!(key in options)) throw new Error('unknown option ' + key);
  options[key] = typeof options[key] === 'number' ? Number(process.argv[i + 1]) : process.argv[i + 1];
}

export const QUESTIONS = 10;
export const TOKEN = '123456789:AAFakeTokenFakeTokenFakeTokenFakeTok';
export const ME = {
  id: 123456789, is_bot: true, first_name: 'Bench', username: 'bench_bot', can_join_groups: true,
  can_read_all_group_messages: false, supports_inline_queries: false, can_connect_to_business: false, has_main_web_app: false,
};
