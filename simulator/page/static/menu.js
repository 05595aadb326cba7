// A small menu that opens at a button: arrow keys, Home and End walk it, Escape and a click elsewhere close it.
import { el, icon } from "./dom.js";

/** Makes `button` open a menu; `items()` gives [{icon, label, act, disabled}] each time it opens. Returns both in one node. */
export function withMenu(button, label, items) {
  const holder = el("div", { class: "menu-holder" }, button);
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => (holder.menu ? close(holder, button) : open(holder, button, label, items())));
  return holder;
}

function open(holder, button, label, items) {
  const entries = items.map(({ icon: name, label: words, act, disabled }) => {
    const choose = () => {
      close(holder, button);
      act();
    };
    return el("button", { type: "button", role: "menuitem", tabindex: "-1", disabled, onclick: choose }, icon(name), el("span", { text: words }));
  });
  holder.menu = el("div", { class: "menu", role: "menu", "aria-label": label }, entries);
  holder.menu.addEventListener("keydown", (event) => walk(event, holder, button));
  holder.leave = (event) => holder.contains(event.target) || close(holder, button, false);
  document.addEventListener("pointerdown", holder.leave);
  button.setAttribute("aria-expanded", "true");
  holder.append(holder.menu);
  entries.find((entry) => !entry.disabled)?.focus();
}

function close(holder, button, focus = true) {
  document.removeEventListener("pointerdown", holder.leave);
  holder.menu?.remove();
  holder.menu = null;
  button.setAttribute("aria-expanded", "false");
  if (focus) button.focus();
}

function walk(event, holder, button) {
  const entries = [...holder.menu.querySelectorAll("button:not(:disabled)")];
  const at = entries.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Escape" || event.key === "Tab") close(holder, button);
  else if (next !== undefined) entries.at(next % entries.length).focus();
  else return;
  event.preventDefault();
}
