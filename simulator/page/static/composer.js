// Where a person writes: the input with its commands, things to send, the reply keyboard; START before the first message and
// UNBLOCK while the bot is blocked.
import { CommandMenu } from "./commands.js";
import { el, icon, iconButton } from "./dom.js";
import { replyKeyboard, replyMarkupOf } from "./keyboards.js";
import { withMenu } from "./menu.js";

const LONGEST = 4096; // UTF-16 units; core.telegram.org/bots/api#sendmessage
const PAYLOAD = "[A-Za-z0-9_\\-]{0,64}"; // core.telegram.org/bots/features#deep-linking

const SENDABLE = [
  ["photo", "image", "Photo"],
  ["voice", "voice", "Voice message"],
  ["sticker", "sticker", "Sticker"],
  ["document", "file", "File"],
  ["location", "pin", "Location"],
  ["contact", "person", "Contact"],
];

export class Composer {
  #editing = null;
  #markupMessage = null;
  #folded = false;
  #field = el("textarea", {
    ...{ rows: "1", maxlength: String(LONGEST), placeholder: "Message", dir: "auto" },
    ...{ "aria-label": "Message", "aria-autocomplete": "list" },
  });
  #send = iconButton("send", "Send", () => this.#submit(), { class: "icon-button send" });
  #keys = iconButton("keyboard", "Suggested answers", () => this.#fold(!this.#folded), { hidden: true });
  #editBar = el("div", { class: "edit-bar", hidden: true });
  #keyboard = el("div", { class: "reply-box" });
  node = el("footer", { class: "composer" });

  /** `acts` is {say(text), send(kind), edit(message, text), start(payload), unblock(), notice(text)}. */
  constructor(id, acts) {
    this.acts = acts;
    this.commands = new CommandMenu(id, this.#field, (command) => this.#choose(command));
    const slash = el("button", { type: "button", class: "icon-button slash", "aria-label": "Commands", title: "Commands", text: "/" });
    slash.addEventListener("pointerdown", (event) => event.preventDefault()); // the input keeps the focus, and the menu with it
    slash.addEventListener("click", () => {
      this.focus();
      this.commands.toggle();
    });
    const attach = iconButton("attach", "Send something else");
    const things = SENDABLE.map(([kind, name, label]) => ({ icon: name, label, act: () => acts.send(kind) }));
    const sending = withMenu(attach, "Send something else", () => things);
    const line = el("div", { class: "input-line" }, sending, this.#field, this.#keys, slash, this.#send);
    this.input = el("div", { class: "input-box" }, this.commands.node, this.#editBar, line, this.#keyboard);
    this.#listen();
  }

  /** Fits the chat's state: `empty` before its first message, `blocked`, and the messages for the reply keyboard. */
  draw({ messages, empty, blocked, botName }) {
    const state = blocked ? "blocked" : empty ? "empty" : "open";
    if (this.node.dataset.state !== state) {
      this.node.dataset.state = state;
      const held = this.node.contains(document.activeElement);
      const parts = { blocked: () => this.#blockedPanel(botName), empty: () => this.#startPanel(), open: () => this.input };
      this.node.replaceChildren(parts[state]());
      if (held && state === "open") this.focus(); // START or UNBLOCK had it
    }
    this.#drawKeyboard(replyMarkupOf(messages));
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Turns the input to changing a message's words. */
  edit(message) {
    this.#editing = message;
    const cancel = iconButton("close", "Leave the message as it is", () => this.#stopEditing());
    const words = el("span", { text: message.text ?? message.caption, dir: "auto" });
    this.#editBar.replaceChildren(icon("edit"), el("div", {}, el("strong", { text: "Edit message" }), words), cancel);
    this.#editBar.hidden = false;
    this.#field.value = message.text ?? message.caption;
    this.#grow();
    this.focus();
  }

  #listen() {
    this.#field.addEventListener("input", () => {
      this.#grow();
      this.commands.follow(this.#field.value);
    });
    this.#field.addEventListener("blur", () => this.commands.close());
    this.#field.addEventListener("keydown", (event) => this.#handleKey(event));
  }

  #handleKey(event) {
    if (event.isComposing || this.commands.handleKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && this.#editing) this.#stopEditing();
    else if (event.key === "ArrowUp" && !this.#field.value) this.acts.editLast();
  }

  async #submit() {
    this.focus(); // now, not after the answer: by then the person may be writing elsewhere
    const text = this.#field.value.trim();
    if (!text) return;
    const editing = this.#editing;
    this.commands.close();
    const taken = editing ? await this.acts.edit(editing, text) : await this.acts.say(text);
    if (taken && this.#field.value.trim() === text) this.#stopEditing();
  }

  #stopEditing() {
    this.#editing = null;
    this.#editBar.hidden = true;
    this.#field.value = "";
    this.#grow();
  }

  #choose(command) {
    this.#field.value = "";
    this.#grow();
    this.acts.say(command);
  }

  #grow() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
    this.#send.classList.toggle("ready", this.#field.value.trim() !== "");
  }

  #drawKeyboard(message) {
    if (message?.message_id !== this.#markupMessage?.message_id) {
      this.#markupMessage = message;
      const markup = message?.reply_markup ?? {};
      this.#field.placeholder = markup.input_field_placeholder ?? "Message";
      this.#keyboard.replaceChildren(...(markup.keyboard ? [replyKeyboard(markup, this.#keyboardActs(markup))] : []));
      this.#keys.hidden = !markup.keyboard;
      this.#fold(false);
      if (markup.force_reply) this.focus();
    }
  }

  #keyboardActs(markup) {
    const then = (act) => (value) => {
      if (markup.one_time_keyboard) this.#fold(true);
      act(value);
    };
    return { say: then(this.acts.say), send: then(this.acts.send), notice: this.acts.notice };
  }

  #fold(folded) {
    this.#folded = folded;
    this.#keyboard.hidden = folded;
    this.#keys.setAttribute("aria-expanded", String(!folded));
  }

  #startPanel() {
    const rules = { pattern: PAYLOAD, maxlength: "64", autocomplete: "off", spellcheck: "false" };
    const payload = el("input", { ...rules, placeholder: "calm__day-1", dir: "ltr" });
    const submit = (event) => {
      event.preventDefault();
      this.acts.start(payload.value.trim());
    };
    return el(
      "form",
      { class: "start-panel", onsubmit: submit },
      el("details", {}, el("summary", { text: "Come through a deep link" }), el("label", {}, el("span", { text: "?start=" }), payload)),
      el("button", { class: "wide primary" }, "START"),
    );
  }

  #blockedPanel(botName) {
    return el(
      "div",
      { class: "start-panel" },
      el("p", { class: "quiet", text: `${botName} is blocked and can’t write here.` }),
      el("button", { type: "button", class: "wide", onclick: () => this.acts.unblock() }, "UNBLOCK"),
    );
  }
}
