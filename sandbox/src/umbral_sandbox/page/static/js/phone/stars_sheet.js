// Paying an invoice in Stars, or not.
import { api } from "../api.js";
import { h } from "../dom.js";
import { refresh } from "../live.js";
import { store } from "../store.js";
import { t } from "../texts.js";
import { moneyOf } from "../format.js";
import { messagesOf } from "./load.js";
import { toastError } from "./notices.js";
import { closeSheet } from "./sheets.js";

/** Return the message of an invoice: the invoice itself, or the message whose button has the invoice link. */
function invoiceMessage(sheet) {
  const messages = messagesOf(store.person, sheet.peer ?? store.peer);
  const carries = (message) => (message.buttons ?? []).flat().some((button) => button.url === sheet.url);
  return messages.findLast((message) => (sheet.url ? carries(message) : message.id === sheet.message));
}

async function settle(what, sheet, message) {
  const invoice = message ? { peer: sheet.peer ?? store.peer, message_id: message.id } : { url: sheet.url };
  try {
    await api.person(store.person, what, invoice);
    closeSheet();
  } catch (error) {
    toastError(error);
  }
  await refresh();
}

export function starsSheet(sheet) {
  const message = invoiceMessage(sheet);
  const link = store.checkouts.find((one) => sheet.url && one.url === sheet.url);
  const invoice = message?.invoice ?? (link && { title: link.title, amount: Number(link.amount), currency: link.currency });
  return h(
    "div",
    { class: "sheet-body" },
    invoice ? h("h3", null, invoice.title) : null,
    invoice ? h("p", { class: "price" }, moneyOf(invoice.amount ?? invoice.total_amount, "XTR")) : null,
    invoice?.description ? h("p", null, invoice.description) : null,
    invoice ? null : h("p", { class: "quiet" }, t("link_unknown")),
    h(
      "div",
      { class: "choices" },
      h(
        "button",
        { class: "button main", disabled: !invoice, onclick: () => settle("pay_stars", sheet, message) },
        t("pay_stars", { amount: invoice?.amount ?? invoice?.total_amount ?? "" }),
      ),
      h(
        "button",
        { class: "button", disabled: !invoice, onclick: () => settle("decline_stars", sheet, message) },
        t("decline"),
      ),
    ),
  );
}
