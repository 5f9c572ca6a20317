// Who is on the phone: tabs of people, a first person by themselves, and new ones by hand.
import { api } from "../api.js";
import { h } from "../dom.js";
import { initials } from "../format.js";
import { draw } from "../icons.js";
import { freshName } from "../names.js";
import { refresh } from "../live.js";
import { change, personOf, remember, store } from "../store.js";
import { telegramLanguage, t } from "../texts.js";
import { chatsOf, unreadOf } from "./load.js";
import { openSheet } from "./sheets.js";

let making = null;

/** Create a person on a first visit or after a reset. Concurrent calls create one person. */
export function ensurePerson() {
  making ??= somebody().finally(() => {
    making = null;
  });
  return making;
}

async function somebody() {
  const alive = store.played.filter((id) => personOf(id));
  if (alive.length !== store.played.length)
    change(() => {
      store.played = alive;
    });
  if (personOf(store.person)) return;
  if (alive.length) await play(alive[0]);
  else await createPerson({ first_name: freshName(store.people), language_code: telegramLanguage }, { aside: true });
}

/** Create a person and put them on the phone; with `aside`, only if no other person is on it by then. */
export async function createPerson(person, { aside = false } = {}) {
  const { id } = await api.newPerson(person);
  forget(id);
  await refresh();
  if (!aside || !personOf(store.person)) await play(id);
}

/** Forget what a person read: after a reset the sandbox reuses ids. */
function forget(id) {
  const others = Object.entries(store.read).filter(([key]) => !key.startsWith(`${id}:`));
  store.read = Object.fromEntries(others);
  for (const key of [...store.chats.keys()]) if (key.startsWith(`${id}:`)) store.chats.delete(key);
}

/** Put a person on the phone. */
export async function play(id) {
  change(() => {
    // A sheet belongs to the person before. The first person of a visit has no predecessor, so an open sheet stays.
    if (store.person !== null) {
      store.sheet = null;
      store.side = "phone";
    }
    store.person = id;
    store.peer = null;
    if (!store.played.includes(id)) store.played = [...store.played, id];
  });
  remember();
  await refresh();
}

function quit(id) {
  const left = store.played.filter((one) => one !== id);
  change(() => {
    store.played = left;
  });
  remember();
  if (store.person === id && left.length) play(left[0]);
}

const waiting = (id) => chatsOf(id).reduce((sum, { peer }) => sum + unreadOf(id, peer), 0);

function move(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const at = store.played.indexOf(store.person);
  const next = store.played.at((at + step) % store.played.length);
  play(next).then(() => document.getElementById(`person-tab-${next}`)?.focus());
}

function tab(id) {
  const person = personOf(id);
  if (!person) return null;
  const current = id === store.person;
  const count = current ? 0 : waiting(id);
  return h(
    "div",
    { class: "person-tab", "data-key": `tab-${id}`, "data-current": String(current), role: "presentation" },
    h(
      "button",
      {
        role: "tab",
        id: `person-tab-${id}`,
        "aria-selected": String(current),
        "aria-controls": "device",
        tabindex: current ? "0" : "-1",
        onclick: () => play(id),
        onkeydown: move,
      },
      person.name,
      count ? h("span", { class: "badge", "aria-label": t("unread", { n: count }) }, String(count)) : null,
    ),
    current && store.played.length > 1
      ? h(
          "button",
          { class: "quit", "aria-label": t("close_tab", { name: person.name }), onclick: () => quit(id) },
          draw("close"),
        )
      : null,
  );
}

export function peopleTabs() {
  return h(
    "div",
    { class: "people-bar" },
    h("div", { class: "people-tabs", role: "tablist", "aria-label": t("people") }, store.played.map(tab)),
    h(
      "button",
      {
        class: "icon-button",
        "aria-label": t("new_person"),
        title: t("new_person"),
        onclick: () => openSheet({ kind: "person" }),
      },
      draw("plus"),
    ),
  );
}

/** Create an avatar with the initials of a person, bot or channel. */
export const avatar = (name, kind = "person") =>
  h("span", { class: `avatar ${kind}`, "aria-hidden": "true" }, initials(name));
