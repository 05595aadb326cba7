// The list of people at the left: who there is, what was said last, what is unread.
import { avatar } from "./avatar.js";
import { el, iconButton } from "./dom.js";
import { nameOf, summaryOf } from "./summary.js";
import { listTime } from "./times.js";

export class PeopleList {
  #rows = new Map();
  #list = el("ul", { class: "people-list" });
  #nobody = el("p", { class: "nobody quiet", text: "Nobody is here yet. Add a person and chat as them." });

  /** `views` is {open(id), openBeside(id), add()}. */
  constructor(holder, store, views) {
    Object.assign(this, { store, views });
    holder.append(this.#list, this.#nobody);
    store.addEventListener("people", () => this.draw());
  }

  /** Draws the list, the latest first; `open` are the ids of the chats in view. */
  draw(open = this.open ?? []) {
    this.open = open;
    const moment = (person) => person.last?.date ?? 0;
    const people = [...this.store.people.values()].sort((a, b) => moment(b) - moment(a) || a.id - b.id);
    const rows = people.map((person) => this.#row(person));
    const focused = document.activeElement;
    if (rows.some((row, index) => row !== this.#list.children[index]) || rows.length !== this.#list.children.length) {
      this.#list.replaceChildren(...rows);
      if (this.#list.contains(focused)) focused.focus({ preventScroll: true });
    }
    this.#nobody.hidden = people.length > 0 || this.store.connected === null;
  }

  #row(person) {
    const unread = this.store.unread(person);
    const isOpen = this.open.includes(person.id);
    const state = JSON.stringify([nameOf(person), person.blocked, person.last && summaryOf(person.last), person.last && listTime(person.last.date), unread, isOpen]);
    const kept = this.#rows.get(person.id);
    if (kept?.dataset.state === state) return kept;
    const row = kept ?? el("li", { class: "person" });
    const part = row.contains(document.activeElement) ? document.activeElement.className : null;
    row.dataset.state = state;
    row.dataset.person = person.id;
    row.replaceChildren(this.#opener(person, unread, isOpen), this.#besideButton(person, isOpen));
    if (part) row.querySelector(`.${part.split(" ").join(".")}`)?.focus({ preventScroll: true });
    this.#rows.set(person.id, row);
    return row;
  }

  #opener(person, unread, isOpen) {
    const said = person.last ? summaryOf(person.last) : "Has not written yet";
    const mine = person.last && !person.last.from.is_bot && el("span", { class: "mine", text: "You: " });
    const act = (event) => (event.ctrlKey || event.metaKey ? this.views.openBeside(person.id) : this.views.open(person.id));
    return el(
      "button",
      { type: "button", class: "person-open", "aria-current": isOpen ? "true" : null, onclick: act },
      avatar(person),
      el("span", { class: "person-name", text: nameOf(person), dir: "auto" }),
      person.last && el("time", { class: "person-time", text: listTime(person.last.date) }),
      el("span", { class: `person-last${person.last ? "" : " quiet"}` }, mine, el("bdi", { text: said })),
      person.blocked && el("span", { class: "tag", text: "blocked" }),
      unread > 0 && el("span", { class: "unread", text: unread > 99 ? "99+" : String(unread), "aria-label": `${unread} unread` }),
    );
  }

  #besideButton(person, isOpen) {
    if (isOpen) return "";
    return iconButton("beside", `Open ${nameOf(person)} beside`, () => this.views.openBeside(person.id), { class: "icon-button beside" });
  }
}
