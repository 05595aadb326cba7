// The demo's clock below the people: what time is told, and a small panel that puts it forward.
import * as api from "./api.js";
import { el, icon } from "./dom.js";
import { clockTime, dateName } from "./times.js";
import { now, setNow } from "./told.js";

const HOUR = 3600; // seconds
const EVENING = 19; // o'clock

export class Clock {
  #time = el("time", { class: "clock-time" });
  #date = el("span", { class: "clock-date" });
  #panel = null;

  /** `holder` gets the button; `store` tells when the clock was put forward; `isInTheWay` whether the panel hides the chats. */
  constructor(holder, store, isInTheWay) {
    this.isInTheWay = isInTheWay;
    const label = "The demo's clock: put it forward";
    this.button = el(
      "button",
      { type: "button", class: "clock-button", title: label, "aria-haspopup": "dialog", "aria-expanded": "false" },
      icon("clock"),
      el("span", { class: "unseen", text: label }),
      this.#time,
      this.#date,
    );
    this.button.addEventListener("click", () => this.toggle());
    holder.append(this.button);
    store.addEventListener("clock", () => this.#draw());
    setInterval(() => this.#draw(), 1000);
    this.#draw();
  }

  /** Opens the panel, or closes it; the focus goes back to where it was. */
  toggle() {
    if (this.#panel) this.#close();
    else this.#open();
  }

  #draw() {
    const seconds = now().getTime() / 1000;
    this.#time.textContent = clockTime(seconds);
    this.#date.textContent = dateName(seconds);
    if (!this.#panel) return;
    this.#panel.querySelector(".clock-face").textContent = clockTime(seconds);
    this.#panel.querySelector(".clock-day").textContent = dateName(seconds);
  }

  #open() {
    const moment = el("input", { type: "datetime-local", name: "moment", required: true, value: localMoment(now()) });
    const problem = el("p", { class: "problem", role: "alert" });
    const put = (where) => this.#put(where, moment, problem);
    const set = (event) => {
      event.preventDefault();
      put({ moment: new Date(moment.value).getTime() / 1000 });
    };
    this.#panel = el(
      "dialog",
      { class: "clock-panel", "aria-labelledby": "clock-title" },
      el("h2", { id: "clock-title", text: "The demo's clock" }),
      el("p", { class: "clock-now", role: "status" }, el("span", { class: "clock-face" }), el("span", { class: "clock-day quiet" })),
      el(
        "div",
        { class: "clock-steps" },
        el("button", { type: "button", onclick: () => put({ forward: HOUR }), autofocus: true }, "+1 hour"),
        el("button", { type: "button", onclick: () => put({ moment: tomorrowEvening() }) }, `Tomorrow ${EVENING}:00`),
      ),
      el(
        "form",
        { class: "clock-any", onsubmit: set },
        el("label", {}, el("span", { class: "quiet", text: "Any later moment" }), moment),
        el("button", { class: "primary" }, "Set"),
      ),
      problem,
      el("p", { class: "clock-words quiet", text: "The bot lives by it: reminders and timers that fall due come at once." }),
    );
    this.#panel.addEventListener("keydown", (event) => event.key === "Escape" && this.#close());
    this.opener = document.activeElement;
    this.leave = (event) => this.#panel.contains(event.target) || this.button.contains(event.target) || this.#close(false);
    document.addEventListener("pointerdown", this.leave);
    this.button.setAttribute("aria-expanded", "true");
    document.body.append(this.#panel);
    this.#panel.show();
    this.#draw();
  }

  #close(focus = true) {
    document.removeEventListener("pointerdown", this.leave);
    this.#panel.remove();
    this.#panel = null;
    this.button.setAttribute("aria-expanded", "false");
    if (focus) this.opener.focus();
  }

  async #put(where, moment, problem) {
    problem.textContent = "";
    try {
      setNow((await api.putClock(where)).now);
      moment.value = localMoment(now());
      if (this.isInTheWay()) this.#close();
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      problem.textContent = error.message;
    }
  }
}

/** Unix seconds of the evening of the day after the one that is told. */
function tomorrowEvening() {
  const today = now();
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1, EVENING).getTime() / 1000;
}

/** A Date as the field wants it: 2026-03-01T18:55, in the browser's zone. */
function localMoment(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
