// Simulated people: they answer every question of the bot and check what it says.
//
// One person: start -> Q1, a press on the keyboard really sent -> Q2, a text -> Q3, a press -> ... Q10, then start again. A step is
// one action answered by the right next question. A question reads "Q<n>/<K> ...\ngot=<all stored answers, comma separated>", so
// that lost, doubled or swapped questions and lost or swapped answers are seen; each is a violation.
import { performance } from 'node:perf_hooks';
import { options, QUESTIONS } from './options.mjs';

const now = () => performance.now();
const KINDS = ['wrong_question', 'wrong_store', 'duplicate', 'lost', 'unanswered_callbacks'];
const BURSTS = ['bursts', 'bursts_reordered', 'bursts_lost_update', 'bursts_store_order', 'bursts_missing_reply'];

export class Crowd {
  // `push(update)` brings an update to the bot
  constructor(push) {
    this.push = push;
    this.people = new Map();
    this.openCallbacks = new Set(); // presses that were not answered yet
    this.running = this.measuring = false;
    this.latencies = []; // milliseconds from an action to its question
    this.counts = { steps: 0, api_errors: 0, ...Object.fromEntries([...KINDS, ...BURSTS].map((kind) => [kind, 0])) };
    this.idle = []; // open mode: who waits for an action, longest first
    this.backlog = []; // open mode: the moments of actions that found nobody idle
    this.ids = { update: 1000, message: 1, callback: 1 };
  }

  get violations() { return KINDS.reduce((sum, kind) => sum + this.counts[kind], 0); }
  get pending() { let n = 0; for (const one of this.people.values()) if (one.pending) n++; return n; }
  bad(what) { if (this.running) this.counts[what]++; }
  nextMessageId() { return this.ids.message++; }

  begin() {
    for (let i = 0; i < options.people; i++) { const one = makePerson(i); this.people.set(one.id, one); }
    this.running = true;
    this.watch = setInterval(() => this.countStuck(), 1000);
    if (options.mode === 'open') { this.idle.push(...this.people.values()); this.beginRate(); return; }
    for (const one of this.people.values()) options.mode === 'burst' ? this.beginBurst(one) : this.act(one);
  }
  stop() { this.running = false; this.backlog.length = 0; clearInterval(this.watch); }
  settle() { // at the very end: what is still open is lost
    if (options.mode !== 'burst') this.counts.lost += this.pending;
    this.counts.unanswered_callbacks = this.openCallbacks.size;
  }
  countStuck() {
    if (options.mode === 'burst') return; // a burst has its own patience
    for (const one of this.people.values()) if (one.pending && now() - one.since > options.stuck * 1000) { this.counts.lost++; one.question = null; this.act(one); }
  }

  // one action: start, a press or a text; `since` is the moment from which its latency counts
  act(one, since = now()) {
    one.pending = true; one.since = since;
    if (!one.question) { one.want = 1; one.sent = []; return this.write(one, options.start); }
    if (options.finish && one.want === QUESTIONS) one.closing = true;
    one.want++;
    const keyboard = one.question.reply_markup?.inline_keyboard;
    if (keyboard) return this.press(one, keyboard);
    const text = 'text' + one.texts++ % 97;
    one.sent.push(text);
    this.write(one, text);
  }
  write(one, text) {
    const message = { message_id: this.nextMessageId(), from: one.from, chat: one.chat, date: (Date.now() / 1000) | 0, text };
    if (text[0] === '/') message.entities = [{ offset: 0, length: text.split(' ')[0].length, type: 'bot_command' }];
    this.push({ update_id: this.ids.update++, message });
  }
  press(one, keyboard) {
    const row = keyboard[one.sent.length % keyboard.length], button = row[one.id % row.length];
    one.sent.push(options.answer === 'label' ? button.text : button.callback_data);
    const id = String(4_000_000_000_000 + this.ids.callback++);
    this.openCallbacks.add(id);
    this.push({ update_id: this.ids.update++, callback_query: { id, from: one.from, message: one.question, chat_instance: '-' + one.id, data: button.callback_data } });
  }

  // the bot sent a new message to someone
  hear(one, message) {
    const asked = parseQuestion(message.text);
    if (options.mode === 'burst') return this.hearBurst(one, asked);
    if (!asked && one.closing) { one.closing = one.pending = false; one.question = null; return this.goOn(one); }
    if (!asked) return;
    if (!one.pending) return this.bad('duplicate');
    if (asked.n !== one.want) return this.bad('wrong_question');
    if (asked.got !== one.sent.join(',')) this.bad('wrong_store');
    one.pending = false;
    if (this.measuring) { this.counts.steps++; this.latencies.push(now() - one.since); }
    one.question = asked.n < QUESTIONS || options.finish ? message : null;
    this.goOn(one);
  }
  goOn(one) {
    if (!this.running) return;
    if (options.mode === 'open') { this.idle.push(one); this.serveBacklog(); }
    else this.act(one);
  }

  // open mode: actions come at a fixed rate, whoever has been idle longest acts; the latency counts from the action's moment
  beginRate() {
    const begun = now();
    let n = 0;
    const tick = setInterval(() => {
      if (!this.running) return clearInterval(tick);
      for (; n < (now() - begun) / 1000 * options.rate; n++) this.backlog.push(begun + n / options.rate * 1000);
      this.serveBacklog();
    }, 1);
  }
  serveBacklog() { while (this.backlog.length && this.idle.length) this.act(this.idle.shift(), this.backlog.shift()); }

  // burst mode: start, then several texts in one go; afterwards what came back is compared with what was sent
  beginBurst(one) { one.question = null; one.stage = 'starting'; this.act(one); }
  hearBurst(one, asked) {
    if (one.stage === 'starting') { if (asked?.n === 1) this.sendBurst(one); return; }
    if (one.stage === 'closing') { // the answer to the last question, and the closing message
      if (!asked) { one.stage = one.pending = false; setTimeout(() => this.running && this.beginBurst(one), 20); }
      return;
    }
    if (one.stage !== 'burst') return;
    if (asked) one.replies.push(asked); else one.words++;
    if (asked && this.measuring) { this.counts.steps++; this.latencies.push(now() - one.since); }
    const whole = options.early === 'take' ? one.replies.length === options.burst : one.replies.length && one.words;
    if (whole) { clearTimeout(one.timer); this.endBurst(one); }
  }
  sendBurst(one) {
    Object.assign(one, { stage: 'burst', replies: [], words: 0, sent: [], since: now(), pending: true });
    for (let i = 0; i < options.burst; i++) { const text = 'b' + i + 'x' + one.texts % 97; one.sent.push(text); this.write(one, text); }
    one.texts++;
    one.timer = setTimeout(() => this.endBurst(one), 3000 + options['api-delay'] * 10);
  }
  endBurst(one) {
    const refuses = options.early === 'refuse';
    if (this.measuring) this.countBurst(one, refuses ? one.sent.slice(0, 1) : one.sent, refuses);
    if (!refuses) { one.pending = false; if (this.running) setTimeout(() => this.running && this.beginBurst(one), 20); return; }
    one.stage = 'closing';
    this.write(one, 'last'); // a flow of two questions: this ends it
  }
  countBurst(one, wanted, refuses) {
    const numbers = one.replies.map((reply) => reply.n);
    const longest = one.replies.reduce((a, reply) => (reply.got.length > a.length ? reply.got : a), '');
    const got = longest.split(',').filter(Boolean);
    this.counts.bursts++;
    if (numbers.some((n, i) => i && n < numbers[i - 1])) this.counts.bursts_reordered++;
    if (wanted.some((text) => !got.includes(text)) || new Set(numbers).size < numbers.length) this.counts.bursts_lost_update++;
    else if (got.join() !== wanted.join()) this.counts.bursts_store_order++;
    if (one.replies.length < wanted.length || (refuses && !one.words)) this.counts.bursts_missing_reply++;
  }
}

function makePerson(i) {
  const id = 5_000_000 + i;
  return {
    id, from: { id, is_bot: false, first_name: 'Person' + i, username: 'person' + i, language_code: 'en' },
    chat: { id, first_name: 'Person' + i, username: 'person' + i, type: 'private' },
    want: 0, sent: [], since: 0, pending: false, texts: 0, question: null, closing: false,
    stage: '', replies: [], words: 0, timer: null,
  };
}
function parseQuestion(text) {
  const m = /^Q(\d+)\/\d+ [^\n]*\ngot=(.*)$/.exec(text || '');
  return m && { n: Number(m[1]), got: m[2] };
}
