// One person's chat with the bot as a column: header, messages, what the bot says beside them, and where the person writes.
import * as api from "./api.js";
import { avatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { openAlert } from "./dialogs.js";
import { el, iconButton } from "./dom.js";
import { withMenu } from "./menu.js";
import { openFaults } from "./faults.js";
import { MessageList } from "./messages.js";
import { actionWords, nameOf } from "./summary.js";

const TOAST_LASTS = 3500; // milliseconds
const PATIENCE = 15_000; // milliseconds that a pressed button waits for its answer; then the spinner stops

export class ChatColumn {
  #waiting = new Map(); // "message_id data" -> query id, or null until it is known
  #status = el("span", { class: "status", role: "status" });
  #name = el("h2", { dir: "auto" });
  #notices = el("div", { class: "notices", role: "status" });
  #empty = el("div", { class: "empty" });

  /** `views` is {back(), close(id), isPhone(), openClock()}. */
  constructor(id, store, views) {
    Object.assign(this, { id, store, views });
    const acts = this.#acts();
    const isWaiting = (message, data) => this.#waiting.has(`${message.message_id} ${data}`);
    this.list = new MessageList({ acts, isWaiting, onEarlier: () => this.#readEarlier(), onSeen: () => this.#markRead() });
    this.composer = new Composer(id, acts);
    const stage = el("div", { class: "stage" }, this.#empty, this.list.node, this.#notices);
    this.node = el("section", { class: "chat", "data-person": id }, this.#header(), stage, this.composer.node);
    this.#follow();
  }

  get person() {
    return this.store.people.get(this.id);
  }

  async open() {
    try {
      await this.store.openChat(this.id);
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      this.notice(error.message);
    }
  }

  close() {
    this.store.closeChat(this.id);
    this.listening.abort();
    this.list.close();
    this.node.remove();
  }

  focus() {
    const start = this.node.querySelector(".start-panel .wide");
    if (start) start.focus({ preventScroll: true });
    else this.composer.focus();
  }

  /** A short word to the person, shown over the chat for a moment. */
  notice(text) {
    const note = el("p", { class: "toast", text, dir: "auto" });
    this.#notices.append(note);
    setTimeout(() => note.remove(), TOAST_LASTS);
  }

  #follow() {
    this.listening = new AbortController();
    const { signal } = this.listening;
    const on = (kind, act) => this.store.addEventListener(kind, (event) => event.detail.id === this.id && act(event.detail), { signal });
    on("messages", ({ fresh }) => this.#draw(fresh));
    on("action", () => this.#drawStatus());
    on("toast", ({ toast }) => this.#showToast(toast));
    this.store.addEventListener("people", () => this.#drawPerson(), { signal });
    document.addEventListener("visibilitychange", () => this.#markRead(), { signal });
  }

  #header() {
    const more = iconButton("more", "More");
    const items = () => [
      ...(this.views.isPhone() ? [{ icon: "clock", label: "Put the clock forward", act: () => this.views.openClock() }] : []),
      { icon: "edit", label: "Edit my last message", act: () => this.#editLast(), disabled: !this.#lastOwn() },
      this.person?.blocked
        ? { icon: "block", label: "Unblock the bot", act: () => this.#act(api.unblock(this.id)) }
        : { icon: "block", label: "Block the bot", act: () => this.#act(api.block(this.id)) },
      { icon: "fault", label: "Faults", act: () => this.#act(openFaults(this.store, this.id)) },
    ];
    this.picture = el("span", {});
    return el(
      "header",
      { class: "chat-header" },
      iconButton("back", "Back to the people", () => this.views.back(), { class: "icon-button back" }),
      this.picture,
      el("div", { class: "who" }, this.#name, this.#status),
      withMenu(more, "More", items),
      iconButton("close", "Close this chat", () => this.views.close(this.id), { class: "icon-button close-chat" }),
    );
  }

  #acts() {
    return {
      say: (text) => this.#act(api.say(this.id, text)),
      start: (payload) => this.#startWith(payload),
      command: (text) => this.#act(api.say(this.id, text)),
      send: (kind) => this.#act(api.send(this.id, kind)),
      edit: (message, text) => this.#act(api.edit(this.id, message.message_id, text)),
      unblock: () => this.#act(api.unblock(this.id)),
      press: (message, data) => this.#press(message, data),
      link: (address, event) => this.#followLink(address, event),
      notice: (text) => this.notice(text),
      editLast: () => this.#editLast(),
      focusInput: () => this.composer.focus(),
    };
  }

  /** Waits for what the person did; whether it was taken. A refusal is shown where they look. */
  async #act(doing) {
    try {
      await doing;
      return true;
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      this.notice(error.message);
      return false;
    }
  }

  async #press(message, data) {
    const key = `${message.message_id} ${data}`;
    if (this.#waiting.has(key)) return;
    this.#setWaiting(message, key, null);
    try {
      const { query_id: query } = await api.press(this.id, message.message_id, data);
      if (this.store.answered.delete(query)) this.#setWaiting(message, key);
      else this.#setWaiting(message, key, query);
      setTimeout(() => this.#waiting.get(key) === query && this.#setWaiting(message, key), PATIENCE);
    } catch (error) {
      this.#setWaiting(message, key);
      if (!(error instanceof api.Refused)) throw error;
      this.notice(error.message);
    }
  }

  #setWaiting(message, key, query) {
    if (query === undefined) this.#waiting.delete(key);
    else this.#waiting.set(key, query);
    const now = this.store.chats.get(this.id)?.messages.find((one) => one.message_id === message.message_id);
    if (now) this.list.drawKeyboard(now);
  }

  #showToast({ query_id: query, text, show_alert: alert, url }) {
    for (const [key, waiting] of this.#waiting) {
      if (waiting === query) {
        this.store.answered.delete(query);
        this.#setWaiting({ message_id: Number(key.split(" ")[0]) }, key);
      }
    }
    if (text && alert) openAlert(this.store.bot.first_name, text);
    else if (text) this.notice(text);
    const payload = url ? deepLinkPayload(url, this.store.bot.username) : null;
    if (payload !== null) this.#startWith(payload);
  }

  /** A deep link to this bot is pressed here as in Telegram: it sends /start; all others open in a new tab. */
  #followLink(address, event) {
    const payload = deepLinkPayload(address, this.store.bot.username);
    if (payload === null) return;
    event.preventDefault();
    this.#startWith(payload);
  }

  #startWith(payload) {
    return this.#act(api.say(this.id, payload ? `/start ${payload}` : "/start"));
  }

  #lastOwn() {
    return this.store.chats.get(this.id)?.messages.findLast((message) => !message.from.is_bot && (message.text ?? message.caption));
  }

  #editLast() {
    const message = this.#lastOwn();
    if (message) this.composer.edit(message);
  }

  async #readEarlier() {
    if (this.readingEarlier) return;
    this.readingEarlier = true;
    await this.#act(this.store.readEarlier(this.id));
    this.readingEarlier = false;
  }

  #markRead() {
    if (document.visibilityState === "visible" && this.list.isAtEnd && this.node.offsetParent) this.store.markRead(this.id);
  }

  #draw(fresh) {
    this.list.draw(this.store.chats.get(this.id).messages, fresh);
    this.#drawPerson();
    this.#markRead();
  }

  #drawPerson() {
    const { person } = this;
    if (!person) return;
    const label = `${nameOf(person)} with ${this.store.bot.first_name}`;
    if (this.node.getAttribute("aria-label") !== label) {
      this.node.setAttribute("aria-label", label);
      this.#name.textContent = nameOf(person);
      this.picture.replaceChildren(avatar(person));
    }
    const chat = this.store.chats.get(this.id);
    if (!chat) return;
    const empty = chat.messages.length === 0;
    this.node.classList.toggle("is-empty", empty);
    this.#empty.replaceChildren(...(empty ? [emptyCard(this.store.bot)] : []));
    this.composer.draw({ messages: chat.messages, empty, blocked: person.blocked, botName: this.store.bot.first_name });
    this.#drawStatus();
  }

  #drawStatus() {
    const action = this.store.chats.get(this.id)?.action;
    const bot = this.store.bot.first_name;
    const words = action ? `${bot} is ${actionWords(action)}` : this.person?.blocked ? `has blocked ${bot}` : `chat with ${bot}`;
    if (this.#status.dataset.words === words) return;
    this.#status.dataset.words = words;
    this.#status.classList.toggle("busy", Boolean(action));
    const dots = action && el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    this.#status.replaceChildren(...[dots, words].filter(Boolean));
  }
}

function emptyCard(bot) {
  return el(
    "div",
    { class: "empty-card" },
    el("strong", { text: bot.description ? "What can this bot do?" : "Nothing said yet" }),
    el("p", { text: bot.description || `Press START and ${bot.first_name} says hello.`, dir: "auto" }),
  );
}

/** The payload of a deep link to the bot ("" without one), or null for any other address. */
function deepLinkPayload(address, username) {
  const url = new URL(address);
  const isBot = (name) => name?.toLowerCase() === username.toLowerCase();
  const isWeb = ["t.me", "telegram.me"].includes(url.hostname) && isBot(url.pathname.slice(1));
  const isApp = address.startsWith("tg://resolve") && isBot(url.searchParams.get("domain"));
  return isWeb || isApp ? (url.searchParams.get("start") ?? "") : null;
}
