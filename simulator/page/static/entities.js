// Telegram's message entities as nodes. Offsets are UTF-16 units, which is what JavaScript's strings count in.
import { el } from "./dom.js";

const PLAIN = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };

/** The address if a link may lead there (http, https, tg), else null: nothing typed becomes a script. */
export function safeAddress(address) {
  const whole = /^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`;
  try {
    const url = new URL(whole);
    return ["http:", "https:", "tg:"].includes(url.protocol) ? url.href : null;
  } catch (error) {
    if (error instanceof TypeError) return null; // not an address at all
    throw error;
  }
}

/** The first address that a message shows, for its preview card, or null. */
export function firstAddress(message) {
  const options = message.link_preview_options ?? {};
  if (options.is_disabled) return null;
  const [text, entities] = wordsOf(message);
  const candidates = entities
    .filter((entity) => ["url", "text_link"].includes(entity.type))
    .map((entity) => entity.url ?? text.slice(entity.offset, entity.offset + entity.length));
  return [options.url, ...candidates].filter(Boolean).map(safeAddress).find((url) => url?.startsWith("http")) ?? null;
}

/** Text and entities of a message, or caption and its entities. */
export function wordsOf(message) {
  return [message.text ?? message.caption ?? "", message.entities ?? message.caption_entities ?? []];
}

/**
 * The text with its entities as a fragment. `acts` is {command(text), link(address, event)}: what happens when a command or a
 * link is clicked.
 */
export function renderText(text, entities, acts) {
  const ordered = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const fragment = document.createDocumentFragment();
  fragment.append(...renderSpan(text, 0, text.length, ordered, acts));
  return fragment;
}

function renderSpan(text, start, end, entities, acts) {
  const nodes = [];
  let at = start;
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    const from = entity.offset;
    const to = Math.min(entity.offset + entity.length, end);
    if (from < at || to <= from) continue; // inside one that is drawn already, or out of bounds
    nodes.push(text.slice(at, from));
    const inner = entities.slice(index + 1).filter((other) => other.offset < to);
    nodes.push(wrap(entity, text.slice(from, to), renderSpan(text, from, to, inner, acts), acts));
    at = to;
  }
  nodes.push(text.slice(at, end));
  return nodes.filter((node) => node !== "");
}

function wrap(entity, raw, children, acts) {
  if (PLAIN[entity.type]) return el(PLAIN[entity.type], {}, children);
  switch (entity.type) {
    case "pre":
      return el("pre", { "data-language": entity.language }, el("code", {}, children));
    case "blockquote":
    case "expandable_blockquote":
      return el("blockquote", { dir: "auto" }, children);
    case "spoiler":
      return spoiler(children);
    case "bot_command":
      return el("button", { type: "button", class: "command", onclick: () => acts.command(raw) }, children);
    case "text_link":
    case "url":
      return link(entity.url ?? raw, children, acts);
    case "mention":
    case "hashtag":
    case "cashtag":
    case "email":
    case "phone_number":
    case "text_mention":
      return el("span", { class: "mention" }, children);
    default:
      return el("span", {}, children);
  }
}

function link(address, children, acts) {
  const href = safeAddress(address);
  if (!href) return el("span", {}, children);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", title: href, onclick: (event) => acts.link(href, event) }, children);
}

function spoiler(children) {
  const reveal = (event) => {
    if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
    const node = event.currentTarget;
    if (node.classList.contains("revealed")) return;
    event.preventDefault();
    node.classList.add("revealed");
    node.removeAttribute("role");
    node.removeAttribute("tabindex");
    node.removeAttribute("aria-label");
  };
  const properties = { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden text, press to show" };
  return el("span", { ...properties, onclick: reveal, onkeydown: reveal }, children);
}
