// The live list of what the product's processes said on the wire.
import { h } from "../dom.js";
import { secondsOf } from "../format.js";
import { nameOf } from "../names.js";
import { change, store } from "../store.js";
import { t } from "../texts.js";
import { facts, list, panel, row, stateBadge } from "./board.js";
import { PLACE_NAMES } from "./fault_kinds.js";

const POLLS = new Set([
  "getUpdates",
  "GetState",
  "GetDifference",
  "GetConfig",
  "Ping",
  "PingDelayDisconnect",
]);

const ASKED = /^(GET |get|Get|Check)/;
const TROUBLE = /FLOOD|AUTH|RESTRICTED|DEACTIVATED|too many|rate.?limit|\b(401|403|429|5\d\d)\b/i;

// Both the bot and the account answer join requests, and one of them is the second.
const JOIN_REQUESTS = /ChatJoinRequest$/;
const ANSWERED = /HIDE_REQUESTER_MISSING|USER_ALREADY_PARTICIPANT/;

/** Return true if the call failed only because the object that it names does not exist, or no longer does. */
const isAbsent = ({ method, error }) =>
  error && ((ASKED.test(method) && !TROUBLE.test(error)) || (JOIN_REQUESTS.test(method) && ANSWERED.test(error)));

/** Return true if a call failed for another reason than a missing object. */
export const isTrouble = (call) => call.state === "failed" && !isAbsent(call);

function wanted(call) {
  const { protocol, refused, polls } = store.filters;
  if (protocol && call.protocol !== protocol) return false;
  if (refused && !isTrouble(call)) return false;
  return polls || call.state !== "done" || !POLLS.has(call.method);
}

function callRow(call) {
  const refused = isTrouble(call);
  const state = call.state === "failed" && !refused ? "absent" : call.state;
  const side = state === "done" ? null : stateBadge(state);
  const head = {
    title: call.method,
    under: [PLACE_NAMES[call.protocol] ?? call.protocol, whoOf(call), secondsOf(call.time), call.error]
      .filter(Boolean)
      .join(" · "),
    side,
    bad: refused,
  };
  return row(`call/${call.id}`, head, () => [
    facts([
      [t("id"), String(call.id)],
      [t("who"), whoOf(call)],
      [t("who_id"), call.who],
      [t("error"), call.error],
    ]),
    h("pre", { tabindex: "0", "aria-label": t("parameters") }, JSON.stringify(call.params, null, 2)),
  ]);
}

const whoOf = (call) => (/^-?\d+$/.test(call.who) ? nameOf(Number(call.who)) : call.who);

const filter = (name, value) => () =>
  change(() => {
    store.filters = { ...store.filters, [name]: value };
  });

function check(name, label) {
  return h(
    "label",
    { class: "check" },
    h("input", {
      type: "checkbox",
      checked: store.filters[name],
      onchange: (event) => filter(name, event.currentTarget.checked)(),
    }),
    label,
  );
}

function protocols() {
  const names = ["", ...new Set(store.calls.map((call) => call.protocol))];
  if (names.length < 3) return null;
  return h(
    "div",
    { class: "segments", role: "group", "aria-label": t("protocol") },
    names.map((name) =>
      h(
        "button",
        { "aria-pressed": String(store.filters.protocol === name), onclick: filter("protocol", name) },
        PLACE_NAMES[name] ?? (name || t("protocol_all")),
      ),
    ),
  );
}

/** Return the calls that the panel lists, oldest first. */
export const shownCalls = () => store.calls.filter(wanted);

export function callsPanel() {
  const calls = shownCalls().reverse();
  const refused = store.calls.filter(isTrouble).length;
  return panel(
    "calls",
    t("calls"),
    calls.length,
    refused ? h("p", { class: "effect bad" }, t("n_refused", { n: refused })) : null,
    store.calls.length
      ? [
          protocols(),
          h(
            "div",
            { class: "checks" },
            check("refused", t("calls_refused")),
            check("polls", t("calls_polls")),
          ),
        ]
      : null,
    list("calls", calls, t("calls_empty"), callRow),
  );
}
