// What the page knows and shows. Changes go through change(), which draws once per turn.

const KEPT = "umbral.sandbox";

export const store = {
  online: true,
  people: [],
  bots: [],
  channels: [],
  checkouts: [],
  subscriptions: [],
  payments: [],
  deliveries: [],
  calls: [],
  faults: [],
  clock: null, // { now, at }: the sandbox's time and the browser's time of the fetch
  chatList: [], // chats between people and bots
  chats: new Map(), // "person:peer" -> { messages, refused? }
  loaded: false,
  person: null, // the person on the phone
  played: [], // people in the phone's tabs
  read: {}, // "person:peer" -> seq of the last message seen
  peer: null, // the open chat: a bot's username, a channel's id, or null for the list
  pressing: new Set(),
  sheet: null,
  alert: null,
  toast: null,
  menu: null, // the open menu on the phone
  side: "phone", // the half shown on a narrow screen
  opened: new Set(), // expanded rows of the control room
  all: new Set(), // lists shown in full
  selected: null, // the row that a link opened
  effects: new Map(), // row -> effect of the last action
  lastEffect: null,
  busy: new Set(),
  filters: { protocol: "", refused: false, polls: false },
  faultPlace: "webhooks",
  payers: new Map(), // link in a sent message -> its recipient
  tour: { step: 0, done: [], hidden: false },
};

let draw = () => {};
let due = false;

/** Set the function that renders the page. */
export function onChange(drawer) {
  draw = drawer;
}

/** Change the store and schedule a rendering; changes in the same turn are rendered together. */
export function change(edit) {
  edit?.(store);
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    draw();
  });
}

/** State kept in the browser between visits: the person on the phone and the messages read. */
export function remember() {
  const { person, played, read, tour } = store;
  try {
    localStorage.setItem(KEPT, JSON.stringify({ person, played, read, tour }));
  } catch {
    // Without browser storage the page works, but forgets this state.
  }
}

export function recall() {
  try {
    Object.assign(store, JSON.parse(localStorage.getItem(KEPT) ?? "{}"));
  } catch {
    // As above: no storage.
  }
}

export const chatKey = (person, peer) => `${person}:${peer}`;
export const personOf = (id) => store.people.find((person) => person.id === id);
export const botOf = (key) => store.bots.find((bot) => bot.username === key || bot.id === key);
export const channelOf = (id) => store.channels.find((channel) => channel.id === Number(id));
export const isChannel = (peer) => typeof peer === "number" || /^-\d+$/.test(String(peer));
/** Return the sandbox's current time as a Date. */
export const worldNow = () =>
  store.clock ? new Date(store.clock.now + (Date.now() - store.clock.at)) : new Date();
