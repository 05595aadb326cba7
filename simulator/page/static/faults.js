// The panel of faults: what goes wrong between the bot and Telegram, seen from one person's chat. Opened from the chat's menu.
import * as api from "./api.js";
import { show } from "./dialogs.js";
import { el, iconButton } from "./dom.js";
import { drawOptions, readOptions } from "./fault_options.js";
import { nameOf } from "./summary.js";

const LOOK = 1000; // milliseconds between two looks at how often they have hit

/** Opens the panel; the returned promise is refused when the demo does not answer. */
export async function openFaults(store, id) {
  new FaultsPanel(store, id, await api.readFaults());
}

class FaultsPanel {
  #list = el("ul", { class: "fault-list", "aria-label": "Faults that are on" });
  #none = el("p", { class: "quiet fault-none", text: "None is on: all goes well." });
  #problem = el("p", { class: "problem", role: "alert" });
  #said = el("span", { class: "unseen", role: "status" });
  #options = el("div", { class: "fault-options" });

  constructor(store, id, { kinds, methods, shapes, rules }) {
    Object.assign(this, { store, id, kinds, shapes });
    this.kind = el("select", { name: "kind", autofocus: true, onchange: () => this.#chooseKind() }, groups(kinds));
    this.method = el("select", { name: "method" }, el("option", { value: "*" }, "Every call it fits"), methods.map((name) => el("option", {}, name)));
    const chats = [el("option", { value: id }, `${nameOf(store.people.get(id))} only`), el("option", { value: "" }, "Everybody")];
    this.chat = el("select", { name: "chat" }, chats);
    this.often = el("input", { name: "probability", type: "number", min: "1", max: "100", step: "any", value: "100", required: true });
    this.times = el("input", { name: "times", type: "number", min: "1", step: "1", placeholder: "no end" });
    this.clear = el("button", { type: "button", class: "fault-clear", onclick: () => this.#do(api.clearFaults(), "All are off.") }, "Switch all off");
    this.dialog = el("dialog", { class: "faults", "aria-labelledby": "faults-title" }, this.#form());
    this.#chooseKind();
    this.#draw(rules);
    show(this.dialog);
    const looking = setInterval(() => this.#look(), LOOK);
    this.dialog.addEventListener("close", () => clearInterval(looking));
  }

  #form() {
    const field = (words, input) => el("label", {}, el("span", { text: words }), input);
    return el(
      "form",
      { class: "sheet", novalidate: true, onsubmit: (event) => this.#submit(event) },
      el("h2", { id: "faults-title", text: "Faults" }),
      el("p", { class: "quiet", text: "What goes wrong between the bot and Telegram, until it is switched off or the demo ends." }),
      this.#list,
      this.#none,
      field("What", this.kind),
      el("div", { class: "fault-fields" }, field("Whom it hits", this.chat), field("Which call", this.method)),
      el("div", { class: "fault-fields" }, field("How often, in %", this.often), field("How many times", this.times), this.#options),
      this.#problem,
      this.#said,
      el(
        "div",
        { class: "sheet-buttons" },
        this.clear,
        el("button", { type: "button", onclick: () => this.dialog.close() }, "Close"),
        el("button", { class: "primary" }, "Switch on"),
      ),
    );
  }

  get #chosen() {
    return this.kinds.find((one) => one.kind === this.kind.value);
  }

  #chooseKind() {
    const { options, is_of_updates: ofUpdates } = this.#chosen;
    this.method.disabled = ofUpdates;
    if (ofUpdates) this.method.value = "*";
    drawOptions(this.#options, options, this.shapes);
  }

  #submit(event) {
    event.preventDefault();
    const wrong = [...event.target.elements].find((input) => !input.checkValidity());
    if (wrong) {
      this.#problem.textContent = `${wrong.labels[0].firstChild.textContent}: ${wrong.validationMessage}`;
      wrong.focus();
      return;
    }
    const { kind, title } = this.#chosen;
    const rule = {
      kind,
      method: this.method.value,
      chat: this.chat.value ? Number(this.chat.value) : null,
      probability: Number(this.often.value) / 100,
      times: this.times.value ? Number(this.times.value) : null,
      options: readOptions(this.#options),
    };
    this.#do(api.addFault(rule), `${title} is on.`);
  }

  /** Shows what is on after a change, or why it was refused. */
  async #do(changing, words) {
    this.#problem.textContent = "";
    try {
      this.#draw((await changing).rules);
      this.#said.textContent = words;
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      this.#problem.textContent = error.message;
    }
  }

  async #look() {
    try {
      this.#draw((await api.readFaults()).rules);
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error; // the page's banner says that the demo has stopped
    }
  }

  /** Rows stay the same nodes while their fault is on, so that the focus does. */
  #draw(rules) {
    const had = document.activeElement?.closest(".fault");
    const known = new Map([...this.#list.children].map((row) => [Number(row.dataset.rule), row]));
    const rows = rules.map((rule) => known.get(rule.id) ?? this.#row(rule));
    for (const [index, rule] of rules.entries()) {
      const line = rows[index].querySelector(".fault-facts");
      const words = this.#facts(rule);
      if (line.textContent !== words) line.textContent = words;
    }
    if (rows.length !== known.size || rows.some((row, index) => row !== this.#list.children[index])) this.#list.replaceChildren(...rows);
    this.#list.hidden = rows.length === 0;
    this.#none.hidden = rows.length > 0;
    this.clear.hidden = rows.length < 2;
    if (had && !had.isConnected) (rows[0]?.querySelector("button") ?? this.kind).focus();
  }

  #row({ id, title }) {
    return el(
      "li",
      { class: "fault", "data-rule": id },
      el("span", { class: "fault-title", text: title }),
      el("span", { class: "fault-facts" }),
      iconButton("close", `Switch off: ${title}`, () => this.#do(api.removeFault(id), `${title} is off.`)),
    );
  }

  #facts({ method, chat, probability, options, hits, left }) {
    const person = this.store.people.get(chat);
    return [
      chat === null ? "everybody" : person ? nameOf(person) : `chat ${chat}`,
      method !== "*" && method,
      probability < 1 && `${+(probability * 100).toFixed(1)} %`,
      ...Object.entries(options).map(([name, value]) => value !== false && `${name.replaceAll("_", " ")}${value === true ? "" : ` ${value}`}`),
      left !== null && `${left} left`,
      hits === 1 ? "hit once" : `hit ${hits} times`,
    ]
      .filter(Boolean)
      .join(" · ");
  }
}

function groups(kinds) {
  const names = [...new Set(kinds.map((one) => one.group))];
  const option = ({ kind, title }) => el("option", { value: kind }, title);
  return names.map((name) => el("optgroup", { label: name }, kinds.filter((one) => one.group === name).map(option)));
}
