// The menu of the bot's commands above the input: opens while the input begins with "/", or with the button beside it.
import * as api from "./api.js";
import { el } from "./dom.js";

export class CommandMenu {
  #commands = [];
  #shown = [];
  #at = 0;
  node = el("ul", { class: "commands", role: "listbox", id: "", "aria-label": "Commands", hidden: true });

  /** `choose(command)` gets "/name". The `input` announces the chosen entry to screen readers. */
  constructor(id, input, choose) {
    Object.assign(this, { id, input, choose });
    this.node.id = `commands-${id}`;
    input.setAttribute("aria-controls", this.node.id);
  }

  get isOpen() {
    return !this.node.hidden;
  }

  /** Opens or closes by what stands in the input. */
  async follow(text) {
    if (!/^\/\w*$/.test(text)) return this.close();
    if (!this.isOpen) await this.#read();
    if (!/^\/\w*$/.test(this.input.value)) return this.close(); // typed on, or sent, while the list was read
    return this.#show(this.input.value.slice(1).toLowerCase());
  }

  async toggle() {
    if (this.isOpen) return this.close();
    await this.#read();
    return this.#show("");
  }

  close() {
    this.node.hidden = true;
    this.input.removeAttribute("aria-activedescendant");
  }

  /** Handles a key of the input; whether it was the menu's. */
  handleKey(event) {
    if (!this.isOpen) return false;
    const count = this.#shown.length;
    if (event.key === "ArrowDown") this.#mark((this.#at + 1) % count);
    else if (event.key === "ArrowUp") this.#mark((this.#at - 1 + count) % count);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) this.#take(this.#shown[this.#at]);
    else return false;
    event.preventDefault();
    return true;
  }

  async #read() {
    try {
      this.#commands = (await api.readCommands(this.id)).commands;
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      console.warn("the commands cannot be read:", error.message);
    }
  }

  #show(start) {
    this.#shown = this.#commands.filter(({ command }) => command.startsWith(start));
    this.node.hidden = this.#shown.length === 0;
    this.node.replaceChildren(...this.#shown.map((command, index) => this.#option(command, index)));
    if (this.isOpen) this.#mark(0);
    else this.close();
  }

  #option({ command, description }, index) {
    const properties = { role: "option", id: `${this.node.id}-${index}`, onclick: () => this.#take(this.#shown[index]) };
    const keepFocus = (event) => event.preventDefault();
    return el("li", { ...properties, onpointerdown: keepFocus }, el("b", { text: `/${command}` }), el("span", { text: description, dir: "auto" }));
  }

  #mark(at) {
    this.#at = at;
    [...this.node.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    this.node.children[at].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", this.node.children[at].id);
  }

  #take(command) {
    this.close();
    this.choose(`/${command.command}`);
  }
}
