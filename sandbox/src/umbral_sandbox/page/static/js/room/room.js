// The control room: time on top, then a board of everything the world holds.
import { h } from "../dom.js";
import { store } from "../store.js";
import { t } from "../texts.js";
import { spokenEffect } from "./act.js";
import { callsPanel, isTrouble, shownCalls } from "./calls_panel.js";
import { channelsPanel } from "./channels_panel.js";
import { deliveriesPanel, wasRefused } from "./deliveries_panel.js";
import { faultsPanel } from "./faults_panel.js";
import { scrollToShown } from "./focus.js";
import { moneyPanel } from "./money_panel.js";
import { peoplePanel } from "./people_panel.js";
import { timeView } from "./time.js";
import { tourLink, tourView } from "./tour.js";

export { followAddress } from "./focus.js";

function jump(event, id) {
  event.preventDefault();
  const target = document.getElementById(`panel-${id}`);
  target.scrollIntoView({ block: "start" });
  target.querySelector("button, a, input")?.focus({ preventScroll: true });
}

function index() {
  const refused = store.calls.filter(isTrouble).length;
  const failed = store.deliveries.filter(wasRefused).length;
  const entries = [
    ["money", store.payments.length],
    ["channels", store.channels.length],
    ["people", store.people.length],
    ["deliveries", store.deliveries.length, failed && t("n_failed", { n: failed })],
    ["calls", shownCalls().length, refused && t("n_refused", { n: refused })],
    ["faults", store.faults.length, store.faults.length && t("faults_on", { n: store.faults.length })],
  ];
  return h(
    "nav",
    { class: "index", "aria-label": t("room") },
    entries.map(([id, count, bad]) =>
      h(
        "a",
        { href: `#panel-${id}`, onclick: (event) => jump(event, id) },
        t(id),
        h("span", { class: "count" }, String(count)),
        bad ? h("span", { class: "bad" }, bad) : null,
      ),
    ),
    tourLink(),
  );
}

export function roomView() {
  return [
    h("div", { class: "room-top" }, timeView(), tourView(), index(), spokenEffect()),
    h(
      "div",
      { class: "board" },
      h("div", { class: "column" }, moneyPanel(), channelsPanel(), peoplePanel()),
      h("div", { class: "column" }, deliveriesPanel(), callsPanel(), faultsPanel()),
    ),
  ];
}

export const afterRoom = scrollToShown;
