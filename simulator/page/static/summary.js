// Words for messages, people and what the bot is doing, where there is no room for the thing itself.

const KINDS = {
  photo: "Photo",
  animation: "GIF",
  video: "Video",
  video_note: "Video message",
  voice: "Voice message",
  audio: "Audio",
  document: "Document",
  sticker: "Sticker",
  venue: "Place",
  location: "Location",
  contact: "Contact",
  poll: "Poll",
  dice: "Dice",
};

const ACTIONS = {
  typing: "typing",
  upload_photo: "sending a photo",
  record_video: "recording a video",
  upload_video: "sending a video",
  record_voice: "recording a voice message",
  upload_voice: "sending a voice message",
  upload_document: "sending a file",
  choose_sticker: "choosing a sticker",
  find_location: "looking for a place",
  record_video_note: "recording a video message",
  upload_video_note: "sending a video message",
};

/** What kind of thing a message carries ("photo", "voice", …), or null for text alone. */
export const kindOf = (message) => Object.keys(KINDS).find((kind) => message[kind] !== undefined) ?? null;

/** One line for the list of people. */
export function summaryOf(message) {
  const words = message.text ?? message.caption;
  const kind = kindOf(message);
  if (!kind) return words ?? "Message";
  return words ? `${KINDS[kind]}: ${words}` : KINDS[kind];
}

export const actionWords = (action) => ACTIONS[action] ?? "working";

export const nameOf = (person) => [person.first_name, person.last_name].filter(Boolean).join(" ");

/** One or two letters that stand for a person; whole characters, also outside the basic plane. */
export function initialsOf(person) {
  const first = (word) => [...(word ?? "").trim()][0] ?? "";
  const words = nameOf(person).trim().split(/\s+/);
  return (first(words[0]) + (words.length > 1 ? first(words.at(-1)) : "")).toLocaleUpperCase() || "?";
}

/** A hue of the palette, 0-7, that stays with the person. */
export const hueOf = (person) => Math.abs(person.id) % 8;

export const sizeOf = (bytes) => {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
};
