// The page's own server: plain JSON over HTTP, and one WebSocket that tells what happens.

/** What the server refused; the message is a sentence for the reader. */
export class Refused extends Error {}

async function call(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    throw new Refused("The demo does not answer.", { cause: error });
  }
  const result = await answer.json().catch(() => ({ error: `The demo answered ${answer.status}.` }));
  if (!answer.ok) throw new Refused(result.error);
  return result;
}

const person = (id, verb) => `/api/people/${id}/${verb}`;

export const readPeople = () => call("/api/people");
export const addPerson = (first_name, language_code) => call("/api/people", { first_name, language_code });
export const readClock = () => call("/api/clock");
export const putClock = (where) => call("/api/clock", where);
export const readMessages = (id, before) => call(person(id, "messages") + (before ? `?before=${before}` : ""));
export const readCommands = (id) => call(person(id, "commands"));
export const say = (id, text) => call(person(id, "say"), { text });
export const press = (id, message_id, data) => call(person(id, "press"), { message_id, data });
export const send = (id, kind) => call(person(id, "send"), { kind });
export const edit = (id, message_id, text) => call(person(id, "edit"), { message_id, text });
export const block = (id) => call(person(id, "block"), {});
export const unblock = (id) => call(person(id, "unblock"), {});
export const readFaults = () => call("/api/faults");
export const addFault = (rule) => call("/api/faults", rule);
export const removeFault = (id) => call(`/api/faults/${id}/remove`, {});
export const clearFaults = () => call("/api/faults/clear", {});
export const fileAddress = (file) => `/api/files/${encodeURIComponent(file.file_id)}`;

const PATIENCE = [250, 500, 1000, 2000]; // milliseconds between attempts to come back

/**
 * Listens for ever: `onEvent` gets each {seq, kind, person_id, data}, `onState` true when connected and false when not. Comes
 * back on its own; the first event of each connection is "hello", upon which all that is shown must be read anew.
 */
export function listen(onEvent, onState, attempt = 0) {
  const socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/api/events`);
  let opened = false;
  socket.onopen = () => {
    opened = true;
    onState(true);
  };
  socket.onmessage = (message) => onEvent(JSON.parse(message.data));
  socket.onclose = () => {
    onState(false);
    const next = opened ? 0 : attempt + 1;
    setTimeout(() => listen(onEvent, onState, next), PATIENCE[Math.min(next, PATIENCE.length - 1)]);
  };
}
