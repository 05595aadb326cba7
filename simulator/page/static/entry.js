// One entry of a chat: the bubble of a message, or of an album's messages together, with its buttons under it.
import { el, icon } from "./dom.js";
import { firstAddress, renderText, wordsOf } from "./entities.js";
import { inlineKeyboard } from "./keyboards.js";
import { fillsBubble, isBare, mediaKey, renderMedia } from "./media.js";
import { clockTime } from "./times.js";

export class Entry {
  node = el("li", { class: "entry" });
  #above = el("div", { class: "part" });
  #mediaBox = el("div", { class: "media" }); // stays in its place while words change: a video that is moved stops
  #below = el("div", { class: "part" });
  #bubble = el("div", { class: "bubble" }, this.#above, this.#mediaBox, this.#below);
  #keyboard = null;
  #drawn = { media: "", words: "", keyboard: "" };

  /** `acts` is what its parts may do, `isWaiting(message, data)` whether a button waits for its answer. */
  constructor(acts, isWaiting) {
    this.acts = acts;
    this.isWaiting = isWaiting;
    this.node.append(this.#bubble);
  }

  /** Brings the node up to date with its messages (one, or an album's) and only touches what differs. */
  draw(messages, follows) {
    const [first] = messages;
    const side = first.from.is_bot ? "in" : "out";
    this.node.className = `entry ${side}${follows ? " follows" : ""}`;
    this.node.dataset.message = first.message_id;
    const worded = messages.find((message) => wordsOf(message)[0]) ?? first;
    this.#drawMedia(messages);
    this.#drawWords(worded, messages);
    this.drawKeyboard(messages.at(-1));
  }

  #drawMedia(messages) {
    const key = messages.map(mediaKey).join("\n");
    if (key === this.#drawn.media) return;
    this.#drawn.media = key;
    const nodes = messages.map(renderMedia).filter(Boolean);
    const album = nodes.length > 1 && fillsBubble(messages[0]) ? ` album count-${Math.min(nodes.length, 10)}` : "";
    this.#mediaBox.className = `media${album}`;
    this.#mediaBox.replaceChildren(...nodes);
  }

  #drawWords(message, messages) {
    const key = JSON.stringify([message.text, message.caption, message.entities, message.caption_entities, message.link_preview_options]);
    const edited = messages.find((one) => one.edit_date);
    if (this.#drawn.words === key + edited?.edit_date) return;
    this.#drawn.words = key + edited?.edit_date;
    const [text, entities] = wordsOf(message);
    const [first] = messages;
    const meta = `${edited ? "edited " : ""}${clockTime(first.date)}`;
    const fills = fillsBubble(first);
    const kinds = { fills, bare: isBare(first), wordless: !text };
    this.#bubble.className = ["bubble", ...Object.keys(kinds).filter((kind) => kinds[kind])].join(" ");
    const words = text && el("div", { class: "words", dir: "auto", "data-meta": meta }, renderText(text, entities, this.acts));
    const reply = first.reply_to_message && quoted(first.reply_to_message);
    const time = el("time", { datetime: new Date(first.date * 1000).toISOString(), text: clockTime(first.date) });
    const mark = edited && el("span", { class: "edited", text: "edited " });
    this.#above.replaceChildren(...[speaker(first), reply].filter(Boolean));
    this.#below.replaceChildren(...[words, linkCard(message), el("div", { class: "meta" }, mark, time)].filter(Boolean));
  }

  /** Draws the keyboard anew where it or the waiting of its buttons changed; the focus stays at its place. */
  drawKeyboard(message) {
    const rows = message.reply_markup?.inline_keyboard ?? [];
    const waiting = rows.flat().map((button) => this.isWaiting(message, button.callback_data));
    const key = JSON.stringify([message.message_id, rows, waiting]);
    if (key === this.#drawn.keyboard) return;
    this.#drawn.keyboard = key;
    const at = this.#focusedKey();
    const keyboard = inlineKeyboard(message, this.acts, (data) => this.isWaiting(message, data));
    this.#keyboard?.remove();
    this.#keyboard = keyboard;
    if (keyboard) this.node.append(keyboard);
    this.node.classList.toggle("has-keyboard", Boolean(keyboard));
    if (at >= 0) this.#focusKey(at);
  }

  #focusedKey() {
    const keys = [...(this.#keyboard?.querySelectorAll(".key") ?? [])];
    return keys.findIndex((key) => key === document.activeElement && key.matches(":focus-visible"));
  }

  #focusKey(at) {
    const keys = this.#keyboard?.querySelectorAll(".key");
    if (keys?.length) keys[Math.min(at, keys.length - 1)].focus({ focusVisible: true });
    else this.acts.focusInput();
  }
}

const speaker = (message) => el("span", { class: "unseen", text: `${message.from.is_bot ? "Bot" : message.from.first_name}: ` });

function quoted(message) {
  const [text] = wordsOf(message);
  return el("div", { class: "quoted" }, el("strong", { text: message.from?.first_name ?? "" }), el("span", { text: text || "Message", dir: "auto" }));
}

function linkCard(message) {
  const address = firstAddress(message);
  if (!address) return null;
  const url = new URL(address);
  const path = decodePath(url.pathname.replace(/\/$/, "") + url.search);
  return el(
    "a",
    { class: "link-card", href: address, target: "_blank", rel: "noopener noreferrer" },
    el("span", { class: "card-icon" }, icon("link")),
    el("span", { class: "card-words" }, el("strong", { text: url.host }), path && el("span", { text: path })),
  );
}

function decodePath(path) {
  try {
    return decodeURI(path);
  } catch (error) {
    if (error instanceof URIError) return path; // not UTF-8: shown as it is written
    throw error;
  }
}
