// A small player for sound: one button, one slider, one clock. Only one sound plays at a time.
import { el, icon } from "./dom.js";
import { lengthOf } from "./times.js";

let playing = null;

/** The player for the sound at `source`; `seconds` is its length as far as known, `titled` shows its name. */
export function player(source, seconds, name, titled = false) {
  const sound = new Audio();
  sound.preload = "none";
  sound.src = source;
  const button = el("button", { type: "button", class: "play" });
  const slider = el("input", { type: "range", min: "0", max: "1000", value: "0", "aria-label": `Position in ${name}` });
  const clock = el("span", { class: "player-clock", text: lengthOf(seconds) });
  const total = () => (Number.isFinite(sound.duration) ? sound.duration : seconds || 0);

  const showState = () => {
    button.replaceChildren(icon(sound.paused ? "play" : "pause"));
    button.setAttribute("aria-label", sound.paused ? `Play ${name}` : `Pause ${name}`);
  };
  const showPosition = () => {
    const share = total() ? sound.currentTime / total() : 0;
    slider.value = String(Math.round(share * 1000));
    slider.style.setProperty("--done", `${share * 100}%`);
    clock.textContent = lengthOf(sound.currentTime > 0 ? sound.currentTime : total());
  };
  button.addEventListener("click", () => (sound.paused ? start(sound, clock) : sound.pause()));
  slider.addEventListener("input", () => {
    if (total()) sound.currentTime = (Number(slider.value) / 1000) * total();
  });
  for (const kind of ["play", "pause", "ended"]) sound.addEventListener(kind, showState);
  for (const kind of ["timeupdate", "loadedmetadata", "seeked"]) sound.addEventListener(kind, showPosition);
  sound.addEventListener("error", () => {
    clock.textContent = "This sound cannot be played here";
  });
  showState();
  showPosition();
  const title = titled && el("strong", { class: "player-title", text: name, dir: "auto" });
  return el("div", { class: "player", role: "group", "aria-label": name }, button, el("div", { class: "player-line" }, title, slider, clock));
}

async function start(sound, clock) {
  if (playing && playing !== sound) playing.pause();
  playing = sound;
  try {
    await sound.play();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name !== "AbortError") clock.textContent = "This sound cannot be played here"; // AbortError: paused meanwhile
  }
}
