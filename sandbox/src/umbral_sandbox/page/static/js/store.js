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
  clock: null, // { now, at }: the world's time and when we heard it
  chatList: [], // who has a chat with which bot
  chats: new Map(), // "person:peer" -> { messages, refused? }
  loaded: false,
  person: null, // whose phone it is
  played: [], // people in the phone's tabs
  read: {}, // "person:peer" -> seq of the last message seen
  peer: null, // the open chat: a bot's username, a channel's id, or null for the list
  pressing: new Set(),
  sheet: null,
  alert: null,
  toast: null,
  menu: null, // the open pop-up in the phone
  side: "phone", // which half a narrow screen shows
  opened: new Set(), // unfolded rows of the control room
  all: new Set(), // lists shown whole
  selected: null, // the row a link led to
  effects: new Map(), // row -> what the last action there did
  lastEffect: null,
  busy: new Set(),
  filters: { protocol: "", refused: false, polls: false },
  faultPlace: "webhooks",
  payers: new Map(), // a link that was sent -> who got it
  tour: { step: 0, done: [], hidden: false },
};

let draw = () => {};
let due = false;

/** Sets the function that draws the page. */
export function onChange(drawer) {
  draw = drawer;
}

/** Changes the store and draws soon; several changes in one turn are drawn together. */
export function change(edit) {
  edit?.(store);
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    draw();
  });
}

/** What this browser remembers between visits: who is on the phone and what was read. */
export function remember() {
  const { person, played, read, tour } = store;
  try {
    localStorage.setItem(KEPT, JSON.stringify({ person, played, read, tour }));
  } catch {
    // A browser that keeps nothing still works; it only forgets at the next visit.
  }
}

export function recall() {
  try {
    Object.assign(store, JSON.parse(localStorage.getItem(KEPT) ?? "{}"));
  } catch {
    // The same: nothing kept.
  }
}

export const chatKey = (person, peer) => `${person}:${peer}`;
export const personOf = (id) => store.people.find((person) => person.id === id);
export const botOf = (key) => store.bots.find((bot) => bot.username === key || bot.id === key);
export const channelOf = (id) => store.channels.find((channel) => channel.id === Number(id));
export const isChannel = (peer) => typeof peer === "number" || /^-\d+$/.test(String(peer));
/** The world's time now, as a Date. */
export const worldNow = () =>
  store.clock ? new Date(store.clock.now + (Date.now() - store.clock.at)) : new Date();
