// Buttons under a message and under the input, rows as the bot laid them out.
import { el, icon } from "./dom.js";
import { safeAddress } from "./entities.js";

/**
 * The inline keyboard of a message, or null. `acts` is {press(message, data), link(address, event), notice(text)};
 * `isWaiting(data)` tells which buttons wait for the bot's answer.
 */
export function inlineKeyboard(message, acts, isWaiting) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  const drawn = rows.map((row) => el("div", { class: "row" }, row.map((button) => inlineButton(button, message, acts, isWaiting))));
  return el("div", { class: "keyboard", role: "group", "aria-label": "Answers" }, drawn);
}

function inlineButton(button, message, acts, isWaiting) {
  const words = el("span", { class: "label", text: button.text, dir: "auto" });
  if (button.url) {
    const href = safeAddress(button.url);
    const properties = { class: "key", href, target: "_blank", rel: "noopener noreferrer", title: button.url };
    return href ? el("a", { ...properties, onclick: (event) => acts.link(href, event) }, words, icon("out")) : el("span", { class: "key" }, words);
  }
  if (button.copy_text) {
    return el("button", { type: "button", class: "key", onclick: () => copy(button.copy_text.text, acts) }, words, icon("copy"));
  }
  if (button.callback_data === undefined) {
    return el("button", { type: "button", class: "key", onclick: () => acts.notice("This kind of button works in Telegram only.") }, words);
  }
  const waiting = isWaiting(button.callback_data);
  const properties = { class: `key${waiting ? " waiting" : ""}`, "aria-busy": waiting ? "true" : null, "data-callback": button.callback_data };
  return el("button", { type: "button", ...properties, onclick: () => acts.press(message, button.callback_data) }, words);
}

async function copy(text, acts) {
  try {
    await navigator.clipboard.writeText(text);
    acts.notice("Copied.");
  } catch (error) {
    acts.notice(`Copying failed: ${error.message}`);
  }
}

/** Which reply markup holds now: the newest of the bot's that has one; null after a removal. The message that brought it. */
export function replyMarkupOf(messages) {
  for (const message of messages.toReversed()) {
    const markup = message.from.is_bot && message.reply_markup;
    if (!markup || markup.inline_keyboard) continue;
    return markup.remove_keyboard ? null : message;
  }
  return null;
}

/** The reply keyboard as a node. `acts` is {say(text), send(kind), notice(text)}. */
export function replyKeyboard(markup, acts) {
  const rows = markup.keyboard.map((row) => el("div", { class: "row" }, row.map((button) => replyButton(button, acts))));
  return el("div", { class: `reply-keyboard${markup.resize_keyboard ? "" : " tall"}`, role: "group", "aria-label": "Suggested answers" }, rows);
}

function replyButton(button, acts) {
  const text = typeof button === "string" ? button : button.text;
  const act = () => {
    if (button.request_contact) return acts.send("contact");
    if (button.request_location) return acts.send("location");
    if (button.web_app || button.request_poll || button.request_users || button.request_chat) {
      return acts.notice("This kind of button works in Telegram only.");
    }
    return acts.say(text);
  };
  return el("button", { type: "button", class: "key", onclick: act }, el("span", { class: "label", text, dir: "auto" }));
}
