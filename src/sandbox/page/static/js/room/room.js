// The control room: time on top, then a board of everything the world holds.
import { h } from "../dom.js";
import { store } from "../store.js";
import { t } from "../texts.js";
import { callsPanel } from "./calls_panel.js";
import { channelsPanel } from "./channels_panel.js";
import { deliveriesPanel, wasRefused } from "./deliveries_panel.js";
import { faultsPanel } from "./faults_panel.js";
import { scrollToShown } from "./focus.js";
import { moneyPanel } from "./money_panel.js";
import { peoplePanel } from "./people_panel.js";
import { timeView } from "./time.js";

export { followAddress } from "./focus.js";

function jump(event, id) {
  event.preventDefault();
  const target = document.getElementById(`panel-${id}`);
  target.scrollIntoView({ block: "start" });
  target.querySelector("button, a, input")?.focus({ preventScroll: true });
}

function index() {
  const refused = store.calls.some((call) => call.state === "failed");
  const failed = store.deliveries.some(wasRefused);
  const entries = [
    ["money", store.payments.length], ["channels", store.channels.length], ["people", store.people.length],
    ["faults", store.faults.length, store.faults.length > 0], ["deliveries", store.deliveries.length, failed], ["calls", store.calls.length, refused],
  ];
  return h("nav", { class: "index", "aria-label": t("room") }, entries.map(([id, count, bad]) =>
    h("a", { href: `#panel-${id}`, class: bad ? "bad" : null, onclick: (event) => jump(event, id) }, t(id), h("span", { class: "count" }, String(count)))));
}

export function roomView() {
  return [
    h("div", { class: "room-top" }, timeView(), index()),
    h("div", { class: "board" },
      h("div", { class: "column" }, moneyPanel(), channelsPanel(), peoplePanel()),
      h("div", { class: "column" }, faultsPanel(), deliveriesPanel(), callsPanel())),
  ];
}

export const afterRoom = scrollToShown;
