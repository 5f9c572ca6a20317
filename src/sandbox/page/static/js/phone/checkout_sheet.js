// A hosted checkout, in a frame as in the messenger's own browser.
import { h } from "../dom.js";
import { draw } from "../icons.js";
import { store } from "../store.js";
import { stateWord, t } from "../texts.js";
import { closeSheet } from "./sheets.js";

export function checkoutSheet({ url, id }) {
  const checkout = store.checkouts.find((one) => one.id === id);
  const over = checkout && checkout.state !== "open";
  return h(
    "div",
    { class: "checkout-body" },
    h("iframe", { title: t("checkout"), src: url, "data-key": url }),
    h(
      "footer",
      { class: "sheet-foot" },
      h("span", { role: "status" }, checkout ? t("checkout_now", { state: stateWord(checkout.state) }) : ""),
      over
        ? h("button", { class: "button main", onclick: closeSheet }, t("back_to_chat"))
        : h(
            "a",
            { class: "button", href: url, target: "_blank", rel: "noopener" },
            t("new_tab"),
            draw("out"),
          ),
    ),
  );
}
