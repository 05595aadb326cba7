// The Bot API methods that the contestants use, with Telegram's answers. Updates are delivered by long polling alone: it is what
// costs least per update, up to 100 of them share a request.
import { ME, options } from './options.mjs';

const FROM = { id: ME.id, is_bot: true, first_name: ME.first_name, username: ME.username };
const SENDS = { sendmessage: 'text', editmessagetext: 'text', editmessagereplymarkup: '' };
const TRUE = new Set(['deletewebhook', 'setmycommands', 'deletemycommands', 'setmydescription', 'setmyshortdescription', 'setmyname', 'setchatmenubutton', 'deletemessage', 'logout', 'close']);
const later = options['api-delay'] ? (f) => setTimeout(f, options['api-delay']) : (f) => f();

export class Telegram {
  // `answer(to, status, object)` writes one HTTP answer; `crowd` is set before the first call
  constructor(answer) {
    this.answer = answer;
    this.crowd = null;
    this.queue = []; // updates that were not confirmed
    this.waiting = null; // the long poll that is being held
    this.flushPlanned = this.polled = false;
    this.calls = {}; // method -> how often
  }

  push(update) {
    this.queue.push(update);
    if (this.waiting && !this.flushPlanned) { this.flushPlanned = true; setImmediate(() => this.flush()); }
  }
  flush() {
    this.flushPlanned = false;
    if (!this.waiting || !this.queue.length) return;
    const held = this.release();
    this.reply(held.to, this.queue.slice(0, held.limit)); // they stay in the queue until a higher offset confirms them
  }
  release() {
    const held = this.waiting;
    this.waiting = null;
    clearTimeout(held.timer); held.to.off('close', held.gone);
    return held;
  }
  getUpdates(p, to) {
    this.polled = true;
    if (this.waiting) this.fail(this.release().to, 409, 'Conflict: terminated by other getUpdates request');
    const offset = Number(p.offset || 0), limit = Math.min(100, Number(p.limit || 100));
    if (offset < 0) this.queue = this.queue.slice(offset);
    else if (offset) { let i = 0; while (i < this.queue.length && this.queue[i].update_id < offset) i++; if (i) this.queue = this.queue.slice(i); }
    const timeout = Math.min(50, Number(p.timeout || 0)) * 1000;
    if (this.queue.length || !timeout) return this.reply(to, this.queue.slice(0, limit));
    this.waiting = { to, limit, timer: setTimeout(() => this.reply(this.release().to, []), timeout), gone: () => { if (this.waiting?.to === to) this.release(); } };
    to.once('close', this.waiting.gone);
  }

  reply(to, result) { this.answer(to, 200, { ok: true, result }); }
  fail(to, code, description) {
    this.crowd?.bad('api_errors');
    this.answer(to, code, { ok: false, error_code: code, description });
  }

  call(method, p, to) {
    this.calls[method] = (this.calls[method] || 0) + 1;
    const name = method.toLowerCase();
    if (name === 'getupdates') return this.getUpdates(p, to);
    if (name === 'getme') return this.reply(to, ME);
    if (name === 'getwebhookinfo') return this.reply(to, { url: '', has_custom_certificate: false, pending_update_count: 0 });
    if (name === 'sendchataction') return later(() => this.reply(to, true));
    if (name === 'answercallbackquery') return this.answerCallback(p, to);
    if (name in SENDS) return this.send(name, p, to);
    if (TRUE.has(name)) return this.reply(to, true);
    return this.fail(to, 404, 'Not Found');
  }
  answerCallback(p, to) {
    if (!this.crowd.openCallbacks.delete(String(p.callback_query_id))) return this.fail(to, 400, 'Bad Request: query is too old and response timeout expired or query ID is invalid');
    return later(() => this.reply(to, true));
  }
  send(name, p, to) {
    const one = this.crowd?.people.get(Number(p.chat_id)), isEdit = name[0] === 'e';
    if (!one) return this.fail(to, 400, 'Bad Request: chat not found');
    if (SENDS[name] && !p.text) return this.fail(to, 400, 'Bad Request: message text is empty');
    const message = { message_id: isEdit ? Number(p.message_id) : this.crowd.nextMessageId(), from: FROM, chat: one.chat, date: (Date.now() / 1000) | 0 };
    if (isEdit) message.edit_date = message.date;
    if (p.text) message.text = String(p.text);
    if (p.reply_markup) {
      const markup = typeof p.reply_markup === 'string' ? JSON.parse(p.reply_markup) : p.reply_markup;
      if (markup.inline_keyboard) message.reply_markup = markup;
    }
    return later(() => { this.reply(to, message); if (!isEdit) this.crowd.hear(one, message); });
  }
}
