// Giving money back, all of it or a part.
import { h } from "../dom.js";
import { store } from "../store.js";
import { t } from "../texts.js";
import { act } from "./act.js";

/** Create a refund form. `run(how)` returns the action; an empty amount refunds everything. */
export function refundForm(key, state, run, amount = "") {
  const submit = (event) => {
    event.preventDefault();
    const typed = event.currentTarget.elements.amount.value.trim().replace(",", ".");
    act(key, t("a_refund"), run(typed ? { amount: typed } : {}), state);
  };
  return h(
    "form",
    { class: "inline-form", onsubmit: submit },
    h(
      "label",
      null,
      h("span", null, t("amount")),
      h("input", {
        name: "amount",
        inputmode: "decimal",
        size: "7",
        placeholder: amount,
        autocomplete: "off",
      }),
    ),
    h("button", { class: "button", disabled: store.busy.has(key) }, t("a_refund")),
  );
}
