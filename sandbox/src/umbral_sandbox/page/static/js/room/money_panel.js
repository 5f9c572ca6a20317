// Money: hosted pages, agreements and charges, each with the few things that can happen to it.
import { h } from "../dom.js";
import { store } from "../store.js";
import { t } from "../texts.js";
import { list, panel } from "./board.js";
import { checkoutRow } from "./checkout_row.js";
import { paymentRow } from "./payment_row.js";
import { subscriptionRow } from "./subscription_row.js";

const part = (name, view) => [
  h(
    "h3",
    { class: "part", "data-key": `part-${name}` },
    t(name),
    h("span", { class: "count" }, String(store[name].length)),
  ),
  list(name, [...store[name]].reverse(), t(`${name}_empty`), view),
];

export function moneyPanel() {
  return panel(
    "money",
    t("money"),
    null,
    part("checkouts", checkoutRow),
    part("subscriptions", subscriptionRow),
    part("payments", paymentRow),
  );
}
