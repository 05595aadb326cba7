// Dialogs that come over the page. Each is the browser's own <dialog>: it holds the focus, and Escape closes it.
import { el, iconButton } from "./dom.js";

/** Opens a dialog; closed, it is gone. */
export function show(dialog) {
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop belongs to the dialog's own box
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** The bot's alert in answer to a press. */
export function openAlert(title, text) {
  const form = el(
    "form",
    { method: "dialog", class: "sheet" },
    el("h2", { text: title }),
    el("p", { text, dir: "auto" }),
    el("div", { class: "sheet-buttons" }, el("button", { class: "primary", autofocus: true }, "OK")),
  );
  show(el("dialog", { "aria-label": title }, form));
}

/** A picture as large as the window lets it be. */
export function openPicture(source, alt) {
  const dialog = el("dialog", { class: "lightbox", "aria-label": alt });
  const close = iconButton("close", "Close", () => dialog.close());
  const picture = el("img", { src: source, alt, onclick: () => dialog.close() });
  dialog.append(picture, close);
  show(dialog);
}

const LANGUAGES = [
  ["en", "English"],
  ["ar", "العربية"],
  ["de", "Deutsch"],
  ["es", "Español"],
  ["fr", "Français"],
  ["he", "עברית"],
  ["pt-br", "Português"],
  ["ru", "Русский"],
  ["tr", "Türkçe"],
  ["uk", "Українська"],
];

/** Asks for a new person; calls `add(firstName, language)`, which returns a promise, and shows why when it is refused. */
export function openAddPerson(add) {
  const problem = el("p", { class: "problem", role: "alert" });
  const name = el("input", { name: "first_name", required: true, maxlength: "64", autocomplete: "off", placeholder: "Mona", autofocus: true });
  const language = el("select", { name: "language" }, LANGUAGES.map(([code, words]) => el("option", { value: code }, `${words} (${code})`)));
  const dialog = el("dialog", { "aria-labelledby": "add-title" });
  const submit = async (event) => {
    event.preventDefault();
    if (!name.value.trim()) {
      problem.textContent = "Everybody has a name.";
      name.focus();
      return;
    }
    try {
      await add(name.value.trim(), language.value);
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
    }
  };
  dialog.append(
    el(
      "form",
      { class: "sheet", onsubmit: submit },
      el("h2", { id: "add-title", text: "A new person" }),
      el("p", { class: "quiet", text: "Somebody who has never written to the bot." }),
      el("label", {}, el("span", { text: "First name" }), name),
      el("label", {}, el("span", { text: "Language of their Telegram" }), language),
      problem,
      el(
        "div",
        { class: "sheet-buttons" },
        el("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
        el("button", { class: "primary" }, "Add"),
      ),
    ),
  );
  show(dialog);
}
