// A hosted checkout, in a frame as in the messenger's own browser.
import { h } from "../dom.js";
import { draw } from "../icons.js";
import { store } from "../store.js";
import { stateWord, t } from "../texts.js";
import { closeSheet } from "./sheets.js";

const OVER = new Set(["paid", "abandoned", "expired"]);

/** Show the checkout's result, taken from the checkout's state: the shop's return page may refuse framing. */
const outcome = (state) =>
  h(
    "div",
    { class: "outcome", "data-key": "outcome" },
    draw(state === "paid" ? "check" : "close"),
    h("h3", null, t(`over_${state}`)),
    h("p", { class: "quiet" }, t(state === "paid" ? "over_next" : "over_none")),
  );

/** `before` is the checkout's state when the sheet was opened: a checkout that was already over stays open for viewing.
 * The checkout is looked up by its address each time: the chat may show its link before the page has loaded it. */
export function checkoutSheet({ url, before }) {
  const state = store.checkouts.find((one) => one.url === url)?.state;
  const over = OVER.has(state) && state !== before;
  return h(
    "div",
    { class: "checkout-body" },
    over ? outcome(state) : h("iframe", { title: t("checkout"), src: url, "data-key": url }),
    h(
      "footer",
      { class: "sheet-foot" },
      h("span", { role: "status" }, state ? t("checkout_now", { state: stateWord(state) }) : ""),
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
