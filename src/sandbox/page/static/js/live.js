// Keeps what is visible fresh: every event from the world causes one re-fetch, never two at once.
import { api } from "./api.js";
import { loadPhone } from "./phone/load.js";
import { loadRoom } from "./room/load.js";
import { change } from "./store.js";

let running = null;
let again = false;

/** Fetches what is visible; calls made meanwhile are answered by one more round. */
export function refresh() {
  if (running) {
    again = true;
    return running;
  }
  running = round().finally(() => {
    running = null;
    if (again) {
      again = false;
      refresh();
    }
  });
  return running;
}

async function round() {
  try {
    const [state, channels, checkouts, clock] = await Promise.all([
      api.state(), api.channels(), api.checkouts(), api.clock(),
    ]);
    change((store) => {
      store.clock = { now: Date.parse(clock.now), at: Date.now() };
      store.people = (state.people ?? []).map(withName);
      store.bots = state.bots ?? [];
      store.faults = state.faults ?? store.faults;
      store.channels = channels.channels;
      store.checkouts = checkouts.checkouts;
    });
    await Promise.all([loadPhone(), loadRoom()]);
    change((store) => {
      store.loaded = true;
      store.online = true;
    });
  } catch (error) {
    // A fetch that failed outright means the sandbox is away; the event stream says when it is back.
    change((store) => {
      store.online = !(error instanceof TypeError);
    });
    if (!(error instanceof TypeError)) throw error;
  }
}

const withName = (person) => ({
  ...person,
  name: person.name ?? [person.first_name, person.last_name].filter(Boolean).join(" "),
});

/** Listens to the world, and tells after each fetch; the browser reconnects by itself. */
export function listen(told) {
  const events = new EventSource("/control/events");
  const look = () => refresh().then(told);
  events.onopen = look;
  events.onmessage = look;
  events.onerror = () => change((store) => {
    store.online = false;
  });
}
