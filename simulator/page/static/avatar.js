// A person's picture: their initials on a colour that stays theirs.
import { el } from "./dom.js";
import { hueOf, initialsOf } from "./summary.js";

export const avatar = (person) => el("span", { class: `avatar hue-${hueOf(person)}`, text: initialsOf(person), "aria-hidden": "true" });
