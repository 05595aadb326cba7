// The time that is told here: the machine's, and what the demo's clock was put forward by.

let ahead = 0; // milliseconds

/** This moment as it is told, a Date. */
export const now = () => new Date(Date.now() + ahead);

/** From now on it is that time, Unix seconds. */
export function setNow(seconds) {
  ahead = seconds * 1000 - Date.now();
}
