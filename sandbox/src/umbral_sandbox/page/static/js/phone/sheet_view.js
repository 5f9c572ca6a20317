// The sheet over the phone, by its kind.
import { h } from "../dom.js";
import { draw } from "../icons.js";
import { store } from "../store.js";
import { t } from "../texts.js";
import { appSheet, pressBack } from "./app_sheet.js";
import { checkoutSheet } from "./checkout_sheet.js";
import { forwardSheet } from "./forward_sheet.js";
import { joinSheet } from "./join_sheet.js";
import { personSheet } from "./person_sheet.js";
import { closeSheet } from "./sheets.js";
import { starsSheet } from "./stars_sheet.js";

const KINDS = {
  app: ["mini_app", appSheet],
  checkout: ["checkout", checkoutSheet],
  join: ["join", joinSheet],
  stars: ["stars", starsSheet],
  person: ["new_person", personSheet],
  forward: ["pick_bot", forwardSheet],
};

export function sheetView() {
  const { sheet } = store;
  if (!sheet) return null;
  const [title, view] = KINDS[sheet.kind];
  return h(
    "div",
    { class: "cover", "data-key": "sheet" },
    h(
      "div",
      { class: `sheet ${sheet.kind}`, role: "dialog", "aria-label": t(title), tabindex: "-1" },
      h(
        "header",
        { class: "bar" },
        sheet.back ? h("button", { class: "icon-button", "aria-label": t("tour_back"), onclick: pressBack }, draw("back")) : null,
        h("h2", null, t(title)),
        h("button", { class: "icon-button", "aria-label": t("close"), onclick: closeSheet }, draw("close")),
      ),
      view(sheet),
    ),
  );
}
