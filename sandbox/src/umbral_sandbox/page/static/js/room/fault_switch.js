// One fault as a switch, with the numbers it takes.
import { h } from "../dom.js";
import { faultText } from "../fault_texts.js";
import { draw } from "../icons.js";
import { change, store } from "../store.js";
import { t } from "../texts.js";
import { FIELDS, sample } from "./fault_kinds.js";
import { putFaults } from "./put_faults.js";

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
    return putFaults(
      name,
      store.faults.filter((fault) => fault.on !== place || fault.do !== kind),
    );
  }
  return putFaults(name, [
    ...store.faults,
    { on: place, do: kind, ...valuesOf(event.currentTarget.closest("li")) },
  ]);
}

function field(kind, name) {
  const number = name !== "method";
  return h(
    "label",
    null,
    h("span", null, t(name === "times" || name === "method" ? name : `f_${name}`)),
    h("input", {
      name,
      type: number ? "number" : "text",
      min: number && "1",
      list: number ? false : "known-methods",
      autocomplete: "off",
      value: sample(kind, name),
      placeholder: name === "times" ? t("until_ended") : name === "method" ? t("any") : null,
    }),
  );
}

/** Create a switch for `kind` at `place`; switching it on applies the numbers in the fields beside it. */
export function faultSwitch(place, kind) {
  const [name, sentence] = faultText(kind);
  const on = store.faults.some((fault) => fault.on === place && fault.do === kind);
  const id = `fault-${place}-${kind}`;
  const open = store.opened.has(id);
  const fields = [...(FIELDS[kind] ?? []), ...(place === "webhooks" ? ["times"] : ["method", "times"])];
  return h(
    "li",
    { class: "fault", "data-key": id },
    h("button", {
      role: "switch",
      "aria-checked": String(on),
      "aria-labelledby": id,
      class: "switch",
      disabled: store.busy.has("faults"),
      onclick: (event) => flip(event, place, kind),
    }),
    h(
      "div",
      { class: "fault-words" },
      h("p", null, h("strong", { id }, name), " ", h("span", { class: "quiet" }, sentence)),
      // Render the fields even while collapsed, so that their numbers apply.
      h(
        "div",
        { class: "inline-form", hidden: on || !open },
        fields.map((each) => field(kind, each)),
      ),
    ),
    on
      ? null
      : h(
          "button",
          {
            class: "icon-button",
            "aria-expanded": String(open),
            "aria-label": `${t("parameters")}: ${name}`,
            onclick: () => change(() => (open ? store.opened.delete(id) : store.opened.add(id))),
          },
          draw("down"),
        ),
  );
}
