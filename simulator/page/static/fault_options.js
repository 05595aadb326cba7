// The options of one kind of fault as fields of a form: numbers, words, choices, a tick for yes.
import { el } from "./dom.js";

const LABELS = {
  retry_after: "Retry after, in seconds",
  code: "Status",
  seconds: "Seconds",
  applied: "Carried out nevertheless",
  description: "In which words",
  shape: "Shape",
  size: "Characters of a huge one",
};
const FOR_EVER = "Seconds until they come back, 0 for never";

/** Puts a field for each of `options` (name -> default) into `holder`. */
export function drawOptions(holder, options, shapes) {
  holder.replaceChildren(...Object.entries(options).map(([name, value]) => field(name, value, shapes)));
}

/** name -> value, as they were filled in. */
export function readOptions(holder) {
  return Object.fromEntries([...holder.querySelectorAll("[name]")].map((input) => [input.name, valueOf(input)]));
}

function field(name, value, shapes) {
  const isBool = typeof value === "boolean";
  const words = name === "seconds" && value === 0 ? FOR_EVER : (LABELS[name] ?? name);
  const input = name === "shape" ? choices(name, shapes) : isBool ? tick(name) : entry(name, value);
  return el("label", { class: isBool ? "fault-tick" : name === "description" ? "fault-wide" : null }, el("span", { text: words }), input);
}

const choices = (name, shapes) => el("select", { name }, shapes.map((shape) => el("option", { value: shape }, shape.replaceAll("_", " "))));
const tick = (name) => el("input", { name, type: "checkbox" });

function entry(name, value) {
  if (typeof value !== "number") return el("input", { name, value, required: true, maxlength: "400" });
  const limits = name === "code" ? { min: "400", max: "599", step: "1" } : { min: "0", step: name === "seconds" ? "any" : "1" };
  return el("input", { name, type: "number", value: String(value), required: true, ...limits });
}

function valueOf(input) {
  if (input.type === "checkbox") return input.checked;
  return input.type === "number" ? Number(input.value) : input.value;
}
