// Keeps what is visible fresh: every event from the world causes one re-fetch, never two at once.
import { api } from "./api.js";
import { loadPhone } from "./phone/load.js";
import { loadRoom } from "./room/load.js";
import { change } from "./store.js";

const GAP_MS = 100;
let running = null;
let next = null;
let start = () => {};

/** Fetch the visible data. A call during a fetch runs one more fetch after it, so the caller sees current data. */
export function refresh() {
  if (!running) {
    running = round();
    running.then(pause, pause).then(() => {
      running = null;
      if (next) start();
    });
    return running;
  }
  next ??= new Promise((resolve, reject) => {
    start = () => {
      next = null;
      refresh().then(resolve, reject);
    };
  });
  return next;
}

// The world may change many times a second; looking more often than the eye does only costs.
const pause = () =>
  new Promise((resolve) => {
    setTimeout(resolve, GAP_MS);
  });

async function round() {
  try {
    const [state, channels, checkouts, clock] = await Promise.all([
      api.state(),
      api.channels(),
      api.checkouts(),
      api.clock(),
    ]);
    change((store) => {
      store.clock = { now: Date.parse(clock.now), at: Date.now() };
      store.people = state.people;
      store.bots = state.bots;
      store.chatList = state.chats;
      store.faults = state.faults;
      store.channels = channels.channels;
      store.checkouts = checkouts.checkouts;
    });
    await Promise.all([loadPhone(), loadRoom()]);
    change((store) => {
      store.loaded = true;
      store.online = true;
    });
  } catch (error) {
    // A failed fetch means that the sandbox is unreachable; the event stream reports when it is back.
    change((store) => {
      store.online = !(error instanceof TypeError);
    });
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Listen to the sandbox's events and call `told` after each fetch; the browser reconnects automatically. */
export function listen(told) {
  const events = new EventSource("/control/events");
  const look = () =>
    refresh()
      .then(told)
      // Log the error; the next event tries again.
      .catch(console.error);
  events.onopen = look;
  events.onmessage = look;
  events.onerror = () =>
    change((store) => {
      store.online = false;
    });
}
