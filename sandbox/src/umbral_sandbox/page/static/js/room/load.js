// Brings the control room's lists in, when it can be seen.
import { api } from "../api.js";
import { noteLinks } from "../payers.js";
import { change, store } from "../store.js";
import { follow } from "./tour.js";

const KEPT_CALLS = 400;
const WIDE = matchMedia("(min-width: 900px)");

export const roomVisible = () => WIDE.matches || store.side === "room";

export async function loadRoom() {
  if (!roomVisible()) return;
  const [subscriptions, payments, deliveries] = await Promise.all([
    api.subscriptions(),
    api.payments(),
    api.deliveries(),
    loadCalls(),
  ]);
  change(() => {
    store.subscriptions = subscriptions.subscriptions;
    store.payments = payments.payments;
    store.deliveries = deliveries.deliveries;
  });
  follow();
}

async function loadCalls() {
  // A held call changes later, so fetch from the oldest held call on.
  const held = store.calls.find((call) => call.state === "held");
  const after = held ? held.id - 1 : (store.calls.at(-1)?.id ?? 0);
  const { calls } = await api.calls(after);
  if (!calls.length) return;
  noteLinks(calls);
  change(() => {
    store.calls = [...store.calls.filter((call) => call.id <= after), ...calls].slice(-KEPT_CALLS);
  });
}
