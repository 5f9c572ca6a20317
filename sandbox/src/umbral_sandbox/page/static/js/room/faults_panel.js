// Faults: switches, each with a sentence; what is in force stands on top and can be ended.
import { api } from "../api.js";
import { h } from "../dom.js";
import { faultText } from "../fault_texts.js";
import { change, store } from "../store.js";
import { t } from "../texts.js";
import { actionButton, effectLine } from "./act.js";
import { panel } from "./board.js";
import { KINDS, PLACE_NAMES, PLACES } from "./fault_kinds.js";
import { faultSwitch } from "./fault_switch.js";
import { putFaults } from "./put_faults.js";

function inForce(fault, index) {
  const words = [
    fault.method,
    fault.n && `× ${fault.n}`,
    fault.seconds && `${fault.seconds} s`,
    fault.code,
    fault.times ? `${t("times").toLowerCase()}: ${fault.times}` : t("until_ended"),
  ].filter(Boolean);
  const name = faultText(fault.do)[0];
  return h(
    "li",
    { "data-key": `force-${index}` },
    h(
      "span",
      null,
      h("strong", null, name),
      h("span", { class: "quiet" }, ` ${PLACE_NAMES[fault.on]} · ${words.join(" · ")}`),
    ),
    h(
      "button",
      {
        class: "button",
        onclick: () =>
          putFaults(
            name,
            store.faults.filter((_, at) => at !== index),
          ),
      },
      t("end"),
    ),
  );
}

const places = () =>
  h(
    "div",
    { class: "segments", role: "group", "aria-label": t("fault_where") },
    PLACES.map((place) =>
      h(
        "button",
        {
          "aria-pressed": String(store.faultPlace === place),
          onclick: () =>
            change(() => {
              store.faultPlace = place;
            }),
        },
        PLACE_NAMES[place] ?? place,
      ),
    ),
  );

const held = () => store.calls.filter((call) => call.state === "held").length;

export function faultsPanel() {
  const { faults, faultPlace } = store;
  const methods = [...new Set(store.calls.map((call) => call.method))].sort();
  return panel(
    "faults",
    t("faults"),
    faults.length,
    faults.length
      ? h("ul", { class: "in-force", "aria-label": t("in_force") }, faults.map(inForce))
      : h("p", { class: "empty" }, t("faults_none")),
    h(
      "div",
      { class: "choices" },
      faults.length
        ? h("button", { class: "button", onclick: () => putFaults(t("end_all"), []) }, t("end_all"))
        : null,
      held() ? actionButton("faults", `${t("release")} (${held()})`, () => api.release()) : null,
    ),
    effectLine("faults"),
    places(),
    h(
      "ul",
      { class: "faults" },
      KINDS[faultPlace].map((kind) => faultSwitch(faultPlace, kind)),
    ),
    h(
      "datalist",
      { id: "known-methods" },
      methods.map((method) => h("option", { value: method })),
    ),
  );
}
