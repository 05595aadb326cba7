// What the page knows: people, the chats that are open, what happened lately. Views ask it and are told of changes.
import * as api from "./api.js";
import { setNow } from "./told.js";

const RECENT = 400; // events kept to put on top of a snapshot that was made before them
const ACTION_LASTS = 5000; // milliseconds; core.telegram.org/bots/api#sendchataction: "5 seconds or less"

/**
 * Tells `changed` events: "people", "connection", "clock", and per chat "messages", "action", "toast" with the detail {id, …}.
 * `people` maps id -> {id, first_name, …, last, unseen: ids of the bot's latest messages}; `chats` maps id -> {messages, more}.
 */
export class Store extends EventTarget {
  people = new Map();
  chats = new Map();
  bot = {};
  connected = null;
  answered = new Set(); // ids of queries answered lately: an answer may come before the press knows its own id
  #wanted = new Set(); // ids of chats to keep read, also when reading one failed
  #recent = [];
  #read = readMarks();

  start() {
    api.listen((event) => this.#hear(event), (connected) => this.#setConnected(connected));
  }

  /** Reads the list of people anew, then puts on top what happened meanwhile. */
  async readPeople() {
    const { people, bot, seq } = await api.readPeople();
    this.bot = bot;
    this.people = new Map(people.map((person) => [person.id, person]));
    for (const event of this.#recent.filter((one) => one.seq > seq)) this.#applyToPeople(event);
    this.#clampMarks();
    this.#tell("people");
  }

  /** Reads the newest messages of a chat and keeps them up to date from then on. */
  async openChat(id) {
    this.#wanted.add(id);
    const { messages, more, seq } = await api.readMessages(id);
    if (!this.#wanted.has(id)) return; // closed meanwhile
    const chat = { messages, more, action: null };
    this.chats.set(id, chat);
    for (const event of this.#recent.filter((one) => one.person_id === id && one.seq > seq)) applyToMessages(chat, event);
    this.#tell("messages", { id });
  }

  closeChat(id) {
    this.#wanted.delete(id);
    this.chats.delete(id);
  }

  async readEarlier(id) {
    const chat = this.chats.get(id);
    if (!chat?.more) return;
    const { messages, more } = await api.readMessages(id, chat.messages[0].message_id);
    const known = new Set(chat.messages.map((message) => message.message_id));
    chat.messages.unshift(...messages.filter((message) => !known.has(message.message_id)));
    chat.more = more;
    this.#tell("messages", { id });
  }

  unread(person) {
    const mark = this.#read[person.id] ?? 0;
    return person.unseen.filter((id) => id > mark).length;
  }

  markRead(id) {
    const newest = this.people.get(id)?.unseen.at(-1) ?? 0;
    if (newest <= (this.#read[id] ?? 0)) return;
    this.#read[id] = newest;
    localStorage.setItem("waymark.read", JSON.stringify(this.#read));
    this.#tell("people");
  }

  // A world that began anew counts its messages from 1 again: a mark beyond its latest message is one of the old world.
  #clampMarks() {
    for (const { id, last } of this.people.values()) {
      const latest = last?.message_id ?? 0;
      if (this.#read[id] > latest) this.#read[id] = latest;
    }
  }

  #setConnected(connected) {
    if (this.connected === connected) return;
    this.connected = connected;
    this.#tell("connection");
  }

  #hear(event) {
    if (["hello", "reset", "missed"].includes(event.kind)) {
      this.#recent = [];
      this.#readAll();
      return;
    }
    if (event.kind === "clock") {
      this.#setClock(event.data.now);
      return;
    }
    this.#recent.push(event);
    if (this.#recent.length > RECENT) this.#recent.shift();
    this.#applyToPeople(event);
    const chat = this.chats.get(event.person_id);
    if (chat) this.#applyToChat(chat, event);
    if (!["action", "toast"].includes(event.kind)) this.#tell("people");
  }

  async #readAll() {
    try {
      this.#setClock((await api.readClock()).now);
      await this.readPeople();
      await Promise.all([...this.#wanted].map((id) => this.openChat(id)));
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      console.warn("reading anew failed; the next connection does it again:", error.message);
    }
  }

  /** What is called today, and how long ago something was, hangs on it. */
  #setClock(seconds) {
    setNow(seconds);
    this.#tell("clock");
    this.#tell("people");
    for (const id of this.chats.keys()) this.#tell("messages", { id });
  }

  #applyToPeople({ kind, person_id, data }) {
    if (kind === "person") this.people.set(person_id, { last: null, unseen: [], ...this.people.get(person_id), ...data });
    const person = this.people.get(person_id);
    if (!person) return;
    if (kind === "message") {
      person.last = data;
      if (data.from.is_bot && !person.unseen.includes(data.message_id)) person.unseen.push(data.message_id);
    }
    if (kind === "edited" && person.last?.message_id === data.message_id) person.last = data;
    if (kind === "deleted") this.#forgetLast(person, data.message_id);
  }

  #forgetLast(person, messageId) {
    person.unseen = person.unseen.filter((id) => id !== messageId);
    if (person.last?.message_id !== messageId) return;
    const others = (this.chats.get(person.id)?.messages ?? []).filter((message) => message.message_id !== messageId);
    person.last = others.at(-1) ?? null;
  }

  #applyToChat(chat, event) {
    const id = event.person_id;
    if (event.kind === "action") return this.#showAction(chat, id, event.data.action);
    if (event.kind === "toast") {
      this.answered.add(event.data.query_id);
      if (this.answered.size > RECENT) this.answered.delete(this.answered.values().next().value);
      return this.#tell("toast", { id, toast: event.data });
    }
    if (!applyToMessages(chat, event)) return undefined;
    if (event.kind === "message" && event.data.from.is_bot) this.#showAction(chat, id, null);
    return this.#tell("messages", { id, fresh: event.kind === "message" ? event.data : null });
  }

  #showAction(chat, id, action) {
    clearTimeout(chat.actionTimer);
    chat.action = action;
    if (action) chat.actionTimer = setTimeout(() => this.#showAction(chat, id, null), ACTION_LASTS);
    this.#tell("action", { id });
  }

  #tell(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

/** Puts one event into a chat's messages; whether it was about them. */
function applyToMessages(chat, { kind, data }) {
  if (!["message", "edited", "deleted"].includes(kind)) return false;
  const at = chat.messages.findIndex((message) => message.message_id === data.message_id);
  if (kind === "deleted") {
    if (at >= 0) chat.messages.splice(at, 1);
  } else if (at >= 0) chat.messages[at] = data;
  else if (kind === "message") chat.messages.push(data);
  return true;
}

function readMarks() {
  try {
    return JSON.parse(localStorage.getItem("waymark.read") ?? "{}");
  } catch (error) {
    console.warn("the marks of what was read are damaged and start anew:", error.message);
    return {};
  }
}
