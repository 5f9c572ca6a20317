// Faults: switches, each with a sentence; what is in force stands on top and can be ended.
import { api } from "../api.js";
import { h } from "../dom.js";
import { faultText } from "../fault_texts.js";
import { draw } from "../icons.js";
import { change, store } from "../store.js";
import { t } from "../texts.js";
import { act, actionButton, effectLine } from "./act.js";
import { panel } from "./board.js";
import { FIELDS, KINDS, PLACES, sample } from "./fault_kinds.js";

const PLACE_NAMES = { webhooks: "Webhooks", bot_api: "Bot API", mtproto: "MTProto", stripe: "Stripe", paypal: "PayPal", cryptomus: "Cryptomus" };

const given = (fault) => Object.fromEntries(Object.entries(fault).filter(([, value]) => value !== null));
const put = (label, faults) => act("faults", label, () => api.faults(faults.map(given)));

function valuesOf(item) {
  const values = {};
  for (const field of item.querySelectorAll("input")) {
    if (field.value.trim() === "") continue;
    values[field.name] = field.type === "number" ? Number(field.value) : field.value.trim();
  }
  return values;
}

function flip(event, place, kind) {
  const name = faultText(kind)[0];
  if (store.faults.some((fault) => fault.on === place && fault.do === kind)) {
    return put(name, store.faults.filter((fault) => fault.on !== place || fault.do !== kind));
  }
  return put(name, [...store.faults, { on: place, do: kind, ...valuesOf(event.currentTarget.closest("li")) }]);
}

function field(kind, name) {
  const number = name !== "method";
  return h("label", null, h("span", null, t(name === "times" || name === "method" ? name : `f_${name}`)),
    h("input", {
      name, type: number ? "number" : "text", min: number && "1", list: number ? false : "known-methods", autocomplete: "off",
      value: sample(kind, name), placeholder: name === "times" ? t("until_ended") : name === "method" ? t("any") : null,
    }));
}

function faultSwitch(place, kind) {
  const [name, sentence] = faultText(kind);
  const on = store.faults.some((fault) => fault.on === place && fault.do === kind);
  const id = `fault-${place}-${kind}`;
  const open = store.opened.has(id);
  const fields = [...(FIELDS[kind] ?? []), ...(place === "webhooks" ? ["times"] : ["method", "times"])];
  return h("li", { class: "fault", "data-key": id },
    h("button", { role: "switch", "aria-checked": String(on), "aria-labelledby": id, class: "switch", disabled: store.busy.has("faults"), onclick: (event) => flip(event, place, kind) }),
    h("div", { class: "fault-words" },
      h("p", null, h("strong", { id }, name), " ", h("span", { class: "quiet" }, sentence)),
      // Always in the page, so that its numbers count whether it is unfolded or not.
      h("div", { class: "inline-form", hidden: on || !open }, fields.map((each) => field(kind, each)))),
    on ? null : h("button", {
      class: "icon-button", "aria-expanded": String(open), "aria-label": `${t("parameters")}: ${name}`,
      onclick: () => change(() => (open ? store.opened.delete(id) : store.opened.add(id))),
    }, draw("down")));
}

function inForce(fault, index) {
  const words = [
    fault.method, fault.n && `× ${fault.n}`, fault.seconds && `${fault.seconds} s`, fault.code,
    fault.times ? `${t("times").toLowerCase()}: ${fault.times}` : t("until_ended"),
  ].filter(Boolean);
  const name = faultText(fault.do)[0];
  return h("li", { "data-key": `force-${index}` },
    h("span", null, h("strong", null, name), h("span", { class: "quiet" }, ` ${PLACE_NAMES[fault.on]} · ${words.join(" · ")}`)),
    h("button", { class: "button", onclick: () => put(name, store.faults.filter((_, at) => at !== index)) }, t("end")));
}

const places = () => h("div", { class: "segments", role: "group", "aria-label": t("fault_where") }, PLACES.map((place) =>
  h("button", { "aria-pressed": String(store.faultPlace === place), onclick: () => change(() => { store.faultPlace = place; }) }, PLACE_NAMES[place] ?? place)));

const held = () => store.calls.filter((call) => call.state === "held").length;

export function faultsPanel() {
  const { faults, faultPlace } = store;
  const methods = [...new Set(store.calls.map((call) => call.method))].sort();
  return panel("faults", t("faults"), faults.length,
    faults.length ? h("ul", { class: "in-force", "aria-label": t("in_force") }, faults.map(inForce)) : h("p", { class: "empty" }, t("faults_none")),
    h("div", { class: "choices" },
      faults.length ? h("button", { class: "button", onclick: () => put(t("end_all"), []) }, t("end_all")) : null,
      held() ? actionButton("faults", `${t("release")} (${held()})`, () => api.release()) : null),
    effectLine("faults"),
    places(),
    h("ul", { class: "faults" }, KINDS[faultPlace].map((kind) => faultSwitch(faultPlace, kind))),
    h("datalist", { id: "known-methods" }, methods.map((method) => h("option", { value: method }))));
}
