// The messages of a chat in order, with the days between them; it stays at the newest unless the reader scrolled up.
import { el, icon } from "./dom.js";
import { Entry } from "./entry.js";
import { dayKey, dayName } from "./times.js";

const NEAR = 48; // CSS pixels from the end that still count as being there
const TOGETHER = 300; // seconds within which messages of one side stand close together

export class MessageList {
  #entries = new Map(); // key -> Entry
  #days = new Map(); // key -> node
  #stuck = true;
  #unseen = 0;
  #first; // id of the oldest message shown
  #before = { top: 0, height: 0, room: 0 }; // the scroller as of its last scroll event
  #list = el("ol", { class: "messages", role: "log", "aria-label": "Messages", "aria-live": "off" });
  #scroller = el("div", { class: "scroller", tabindex: "-1" }, this.#list);
  #pillWords = el("span");
  #pill = el("button", { type: "button", class: "pill", hidden: true, onclick: () => this.toEnd() }, this.#pillWords, icon("down"));
  node = el("div", { class: "history" }, this.#scroller, this.#pill);

  /** `onEarlier()` is asked for older messages, `onSeen()` told when the reader sees the newest. */
  constructor({ acts, isWaiting, onEarlier, onSeen }) {
    Object.assign(this, { acts, isWaiting, onEarlier, onSeen });
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.observer = new ResizeObserver(() => this.#stuck && this.#jump());
    this.observer.observe(this.#list);
    this.observer.observe(this.#scroller);
  }

  /** Shows these messages; `fresh` is the one that has just come, if one has. */
  draw(messages, fresh) {
    const fromEnd = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    const earlier = messages[0]?.message_id < this.#first;
    this.#first = messages[0]?.message_id;
    this.#place(this.#arrange(messages));
    if (fresh && !fresh.from.is_bot) this.#stuck = true;
    if (this.#stuck) this.#jump();
    else if (fresh) this.#announce();
    else if (earlier) this.#scroller.scrollTop = this.#scroller.scrollHeight - fromEnd;
    this.#uncover();
    if (this.#list.getAttribute("aria-live") === "off") requestAnimationFrame(() => this.#list.setAttribute("aria-live", "polite"));
  }

  /** Draws the buttons of one message anew. */
  drawKeyboard(message) {
    const entry = this.#entries.get(keyOf(message));
    entry?.drawKeyboard(message);
  }

  /** Whether the newest message is in sight. */
  get isAtEnd() {
    return this.#stuck;
  }

  toEnd() {
    this.#stuck = true;
    this.#jump();
    this.#seen();
  }

  close() {
    this.observer.disconnect();
  }

  #arrange(messages) {
    const nodes = [];
    const alive = new Set();
    let before = null;
    for (const group of groupMessages(messages)) {
      const [first] = group;
      const day = dayKey(first.date);
      if (!before || dayKey(before.date) !== day) {
        nodes.push(this.#dayNode(day, first.date));
        alive.add(day);
      }
      const key = keyOf(first);
      const entry = this.#entries.get(key) ?? new Entry(this.acts, this.isWaiting);
      this.#entries.set(key, entry);
      alive.add(key);
      entry.draw(group, belongTogether(before, first));
      nodes.push(entry.node);
      before = group.at(-1);
    }
    for (const kept of [this.#entries, this.#days]) for (const key of [...kept.keys()]) if (!alive.has(key)) kept.delete(key);
    return nodes;
  }

  #dayNode(key, seconds) {
    const node = this.#days.get(key) ?? el("li", { class: "day" }, el("span"));
    node.firstChild.textContent = dayName(seconds);
    this.#days.set(key, node);
    return node;
  }

  // What is gone goes first; then every node that stays is met in its order and never moved (a moved video would stop).
  #place(nodes) {
    const wanted = new Set(nodes);
    for (const node of [...this.#list.children]) if (!wanted.has(node)) node.remove();
    let at = this.#list.firstElementChild;
    for (const node of nodes) {
      if (node === at) at = at.nextElementSibling;
      else this.#list.insertBefore(node, at);
    }
  }

  #jump() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #scrolled() {
    const { scrollHeight: height, scrollTop: top, clientHeight: room } = this.#scroller;
    const before = this.#before;
    this.#before = { top, height, room };
    const went = top < before.top && height === before.height && room === before.room; // the reader did it, not a change of sizes
    if (height - top - room < NEAR) this.#stuck = true;
    else if (went) this.#stuck = false;
    if (this.#stuck) this.#seen();
    else this.#showPill();
    if (top < room && !this.#stuck) this.onEarlier();
    this.#uncover();
  }

  /** The days that were passed stand at the upper edge one upon the other: the last alone is seen. */
  #uncover() {
    const days = [...this.#list.querySelectorAll(".day")];
    const boxes = days.map((day) => day.getBoundingClientRect());
    days.forEach((day, index) => day.classList.toggle("passed", boxes[index + 1]?.top < boxes[index].bottom));
  }

  #announce() {
    this.#unseen += 1;
    this.#showPill();
  }

  #seen() {
    this.#unseen = 0;
    this.#showPill();
    this.onSeen();
  }

  #showPill() {
    const count = this.#unseen;
    this.#pillWords.hidden = count === 0;
    this.#pill.hidden = this.#stuck;
    this.#pill.classList.toggle("counting", count > 0);
    this.#pillWords.textContent = count ? `${count} new ${count === 1 ? "message" : "messages"}` : "";
    this.#pill.setAttribute("aria-label", count ? this.#pillWords.textContent : "To the newest message");
  }
}

const keyOf = (message) => (message.media_group_id ? `album ${message.media_group_id}` : `message ${message.message_id}`);

function groupMessages(messages) {
  const groups = [];
  for (const message of messages) {
    const last = groups.at(-1);
    if (message.media_group_id && last?.[0].media_group_id === message.media_group_id) last.push(message);
    else groups.push([message]);
  }
  return groups;
}

function belongTogether(before, after) {
  return before !== null && before.from.id === after.from.id && after.date - before.date < TOGETHER && dayKey(before.date) === dayKey(after.date);
}
