// Everything in the control room has an address (#payment/pi_1); links lead from one thing to another.
import { h } from "../dom.js";
import { change, store } from "../store.js";

const LISTS = {
  person: "people",
  channel: "channels",
  checkout: "checkouts",
  subscription: "subscriptions",
  payment: "payments",
  delivery: "deliveries",
  call: "calls",
};
let pending = null;

/** Expand and show the row of `key`, e.g. "channel/-100123". */
export function show(key) {
  pending = key;
  change(() => {
    store.selected = key;
    store.opened.add(key);
    store.all.add(LISTS[key.split("/")[0]]);
    store.side = "room";
  });
}

/** Create a link to a row of the control room. */
export function ref(kind, id, label = id) {
  const key = `${kind}/${id}`;
  const go = (event) => {
    event.preventDefault();
    history.replaceState(null, "", `#${key}`);
    show(key);
  };
  return h("a", { href: `#${key}`, class: "ref", onclick: go }, String(label));
}

/** Show the row named in the address bar, if any. */
export function followAddress() {
  const key = decodeURIComponent(location.hash.slice(1));
  if (LISTS[key.split("/")[0]]) show(key);
}

/** After rendering, scroll the row that a link opened into view. */
export function scrollToShown() {
  const row = pending && document.getElementById(`row-${pending}`);
  if (!row) return;
  pending = null;
  row.scrollIntoView({ block: "nearest" });
  row.querySelector("button")?.focus({ preventScroll: true });
}
