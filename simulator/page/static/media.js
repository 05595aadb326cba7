// What a message carries besides words: pictures, moving pictures, sound, files, places. Each is one node of a known size, so
// that nothing jumps when its bytes arrive.
import { el, icon } from "./dom.js";
import { fileAddress } from "./api.js";
import { openPicture } from "./dialogs.js";
import { player } from "./player.js";
import { kindOf, sizeOf } from "./summary.js";

const WIDEST = 420; // CSS pixels
const TALLEST = 420;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/** The node for a message's media, or null. */
export function renderMedia(message) {
  const kind = kindOf(message);
  return kind ? MAKERS[kind](message) : null;
}

/** Equal for two states of a message exactly when its media need not be drawn again. */
export function mediaKey(message) {
  const kind = kindOf(message);
  if (!kind) return "";
  const thing = kind === "photo" ? message.photo.at(-1) : message[kind];
  return `${kind} ${thing.file_unique_id ?? JSON.stringify(thing)} ${message.has_media_spoiler ?? false}`;
}

/** Whether the media fill the bubble to its edges, the time lying upon them when there are no words. */
export const fillsBubble = (message) => ["photo", "animation", "video"].includes(kindOf(message));

export const isBare = (message) => ["sticker", "video_note", "dice"].includes(kindOf(message));

function sized(node, { width, height }) {
  const [w, h] = width > 0 && height > 0 ? [width, height] : [4, 3];
  const scale = Math.min(1, WIDEST / w, TALLEST / h);
  const shown = Math.max(Math.round(w * scale), Math.min(200, WIDEST));
  node.style.setProperty("--width", `${shown}px`);
  node.style.setProperty("--ratio", `${w} / ${Math.max(h, w / 4)}`);
  return node;
}

function frame(message, size, child, badge) {
  const cover = message.has_media_spoiler && spoilerCover();
  return sized(el("div", { class: "frame" }, child, badge && el("span", { class: "badge", text: badge }), cover), size);
}

function spoilerCover() {
  const cover = el("button", { type: "button", class: "cover", onclick: () => cover.remove() }, "Show");
  return cover;
}

function photo(message) {
  const size = message.photo.at(-1);
  const source = fileAddress(size);
  const alt = message.caption ?? "Picture";
  const picture = el("img", { src: source, alt, width: size.width, height: size.height, decoding: "async" });
  const open = el("button", { type: "button", class: "zoom", "aria-label": `Enlarge: ${alt}`, onclick: () => openPicture(source, alt) }, picture);
  return frame(message, size, open);
}

function moving(source, thing, properties) {
  const node = el("video", { src: source, playsinline: true, preload: "metadata", width: thing.width, height: thing.height, ...properties });
  node.muted = Boolean(properties.muted); // the attribute alone does not mute an element made by script
  return node;
}

function animation(message) {
  const thing = message.animation;
  const source = fileAddress(thing);
  if (thing.mime_type === "image/gif") {
    const alt = message.caption ?? "Animation";
    return frame(message, thing, el("img", { src: source, alt, width: thing.width, height: thing.height }), "GIF");
  }
  const calm = STILL.matches;
  const properties = { muted: true, loop: true, autoplay: !calm, controls: calm, "aria-label": message.caption ?? "Animation" };
  return frame(message, thing, moving(source, thing, properties), "GIF");
}

function video(message) {
  const thing = message.video;
  return frame(message, thing, moving(fileAddress(thing), thing, { controls: true, "aria-label": message.caption ?? "Video" }));
}

function video_note(message) {
  const thing = message.video_note;
  return el("div", { class: "round" }, moving(fileAddress(thing), thing, { controls: true, "aria-label": "Video message" }));
}

const voice = (message) => player(fileAddress(message.voice), message.voice.duration, "Voice message");

function audio(message) {
  const { title, performer, file_name, duration } = message.audio;
  const name = [performer, title].filter(Boolean).join(" – ") || file_name || "Audio";
  return player(fileAddress(message.audio), duration, name, true);
}

function card(name, title, ...lines) {
  return el(
    "div",
    { class: "card" },
    el("span", { class: "card-icon" }, icon(name)),
    el("div", { class: "card-words" }, el("strong", { text: title, dir: "auto" }), lines.filter(Boolean).map((text) => el("span", { text }))),
  );
}

function file(message) {
  const { file_name, file_size } = message.document;
  const name = file_name ?? "file";
  const link = el("a", { class: "card", href: fileAddress(message.document), download: name });
  link.append(...card("file", name, [sizeOf(file_size), "Download"].filter(Boolean).join(" · ")).childNodes);
  return link;
}

function sticker(message) {
  const { emoji, is_video, is_animated } = message.sticker;
  const instead = el("span", { class: "huge", text: emoji ?? "Sticker", role: "img", "aria-label": `Sticker ${emoji ?? ""}` });
  if (is_video || is_animated) return instead;
  const picture = el("img", { class: "sticker", src: fileAddress(message.sticker), alt: `Sticker ${emoji ?? ""}`, width: 160, height: 160 });
  picture.addEventListener("error", () => picture.replaceWith(instead));
  return picture;
}

const place = ({ latitude, longitude }) => `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
const location = (message) => card("pin", "Location", place(message.location));
const venue = (message) => card("pin", message.venue.title, message.venue.address, place(message.venue.location));

function contact(message) {
  const { first_name, last_name, phone_number } = message.contact;
  return card("person", [first_name, last_name].filter(Boolean).join(" "), phone_number);
}

function poll(message) {
  const { question, options, total_voter_count: votes } = message.poll;
  return el(
    "div",
    { class: "poll" },
    el("strong", { text: question, dir: "auto" }),
    el("ul", {}, options.map((option) => el("li", { text: option.text, dir: "auto" }))),
    el("span", { text: votes === 1 ? "1 vote" : `${votes} votes` }),
  );
}

const dice = (message) => el("span", { class: "huge", text: `${message.dice.emoji} ${message.dice.value}` });

const MAKERS = { photo, animation, video, video_note, voice, audio, document: file, sticker, venue, location, contact, poll, dice };
