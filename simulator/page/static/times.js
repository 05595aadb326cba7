// Times as a chat shows them, in the browser's own zone and language.
import { now } from "./told.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** "18:05" of Unix seconds. */
export const clockTime = (seconds) => clock.format(new Date(seconds * 1000));

/** A key that is equal for two moments of one local day. */
export const dayKey = (seconds) => midnight(new Date(seconds * 1000));

/** "Today", "Yesterday" or "Sunday, 1 March". */
export function dayName(seconds) {
  const days = Math.round((midnight(now()) - dayKey(seconds)) / 86_400_000);
  if (days === 0) return "Today";
  return days === 1 ? "Yesterday" : day.format(new Date(seconds * 1000));
}

/** "Sun, 1 Mar". */
export const dateName = (seconds) => date.format(new Date(seconds * 1000));

/** The time for something of today, else the date: as short as the list of people wants it. */
export const listTime = (seconds) =>
  dayKey(seconds) === midnight(now()) ? clockTime(seconds) : short.format(new Date(seconds * 1000));

/** "1:05" of a length in seconds. */
export function lengthOf(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
