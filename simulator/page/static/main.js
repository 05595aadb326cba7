// Puts the page together: people at the left, as many chats beside each other as fit; which are open stands in the address.
import * as api from "./api.js";
import { ChatColumn } from "./chat.js";
import { Clock } from "./clock.js";
import { openAddPerson } from "./dialogs.js";
import { el } from "./dom.js";
import { PeopleList } from "./people.js";
import { Store } from "./store.js";

const COLUMN = 340; // CSS pixels that a chat needs at least
const MOST = 3; // chats side by side
const PHONE = matchMedia("(max-width: 719px)");

const store = new Store();
const columns = new Map(); // id -> ChatColumn, in the order in which they stand
const stage = document.getElementById("chats");
const welcome = document.getElementById("welcome");
let latest = []; // ids, the one used last at the end

const room = () => (PHONE.matches ? 1 : Math.max(1, Math.min(MOST, Math.floor(stage.clientWidth / COLUMN))));
const readAddress = () => location.hash.slice(1).split("/").map(Number).filter((id) => store.people.has(id));

function writeAddress(ids) {
  const hash = ids.length ? `#/${ids.join("/")}` : "#/";
  if (location.hash !== hash) location.hash = hash; // "hashchange" then shows it, as it does for the browser's back button
  else show();
}

const views = {
  open(id) {
    const open = readAddress();
    if (open.includes(id)) return activate(id);
    const used = latest.findLast((one) => open.includes(one)) ?? open.at(-1);
    use(id);
    return writeAddress(open.length ? open.map((one) => (one === used ? id : one)) : [id]);
  },
  openBeside(id) {
    const open = readAddress().filter((one) => one !== id);
    use(id);
    while (open.length >= room()) open.splice(open.indexOf(byUse(open)[0]), 1);
    writeAddress([...open, id]);
  },
  close: (id) => writeAddress(readAddress().filter((one) => one !== id)),
  back: () => writeAddress([]),
  isPhone: () => PHONE.matches, // there the people and the clock below them are out of sight
  openClock: () => clock.toggle(),
};

const byUse = (ids) => ids.toSorted((a, b) => latest.lastIndexOf(a) - latest.lastIndexOf(b)); // the one used last at the end

function use(id) {
  latest = [...latest.filter((one) => one !== id), id];
}

function activate(id) {
  use(id);
  columns.get(id)?.focus();
}

/** Makes the columns fit the address and the room: of too many, those used last are shown. */
function show() {
  const known = readAddress();
  const dropped = byUse(known).slice(0, Math.max(0, known.length - room()));
  const ids = known.filter((id) => !dropped.includes(id));
  for (const [id, column] of columns) {
    if (ids.includes(id)) continue;
    column.close();
    columns.delete(id);
  }
  const isNew = ids.filter((id) => !columns.has(id));
  for (const id of isNew) columns.set(id, new ChatColumn(id, store, views));
  ids.forEach((id, index) => {
    const { node } = columns.get(id);
    if (stage.children[index] !== node) stage.insertBefore(node, stage.children[index] ?? null);
  });
  document.body.classList.toggle("chatting", ids.length > 0);
  document.body.classList.toggle("several", ids.length > 1);
  document.body.classList.toggle("roomy", room() > 1);
  welcome.hidden = ids.length > 0;
  people.draw(ids);
  isNew.forEach((id) => openColumn(id));
}

async function openColumn(id) {
  const column = columns.get(id);
  await column.open();
  if (!PHONE.matches && latest.at(-1) === id) column.focus();
}

async function addPerson(name, language) {
  const { id } = await api.addPerson(name, language);
  await store.readPeople();
  views.open(id);
}

function showConnection() {
  document.getElementById("banner").hidden = store.connected !== false;
  document.body.classList.toggle("offline", store.connected === false);
}

const people = new PeopleList(document.getElementById("people"), store, views);
const footer = el("footer", { class: "people-footer" });
document.getElementById("people").append(footer);
const clock = new Clock(footer, store, () => PHONE.matches);
for (const button of document.querySelectorAll("[data-add]")) button.addEventListener("click", () => openAddPerson(addPerson));
stage.addEventListener("focusin", (event) => {
  const id = Number(event.target.closest(".chat")?.dataset.person);
  if (id) use(id);
});
addEventListener("hashchange", show);
new ResizeObserver(() => show()).observe(stage);
store.addEventListener("connection", showConnection);
store.addEventListener("people", () => readAddress().some((id) => !columns.has(id)) && show());
store.start();
