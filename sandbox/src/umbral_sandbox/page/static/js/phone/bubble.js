// One message: words, picture or invoice, its time, and the buttons below it.
import { h } from "../dom.js";
import { moneyOf, timeOf } from "../format.js";
import { draw } from "../icons.js";
import { isChannel, store } from "../store.js";
import { t } from "../texts.js";
import { keyboard } from "./keyboard.js";
import { richText } from "./rich_text.js";
import { sendText } from "./send.js";
import { openSheet } from "./sheets.js";

function picture({ file, kind }) {
  if (kind === "photo") {
    return file?.url
      ? h("img", { class: "photo", src: file.url, alt: t("photo"), loading: "lazy" })
      : h("div", { class: "photo missing" }, t("photo"));
  }
  if (kind !== "document") return null;
  const label = file?.name ?? t("document");
  return file?.url
    ? h("a", { class: "file", href: file.url, download: label }, label)
    : h("span", { class: "file" }, label);
}

function invoiceCard({ invoice }) {
  if (!invoice) return null;
  return h(
    "div",
    { class: "invoice" },
    h("strong", null, invoice.title),
    invoice.description ? h("p", null, invoice.description) : null,
    h("p", { class: "amount" }, moneyOf(invoice.amount ?? invoice.total_amount, invoice.currency)),
  );
}

function foot(message) {
  return h(
    "span",
    { class: "foot" },
    message.edited ? h("span", null, `${t("edited")} `) : null,
    h("time", { datetime: message.date }, timeOf(message.date)),
  );
}

const forward = (message, peer) =>
  h(
    "button",
    {
      class: "icon-button forward",
      "aria-label": t("forward"),
      title: t("forward"),
      onclick: () => openSheet({ kind: "forward", peer, message: message.id }),
    },
    draw("forward"),
  );

/** Return a service message's text in the reader's language, worded as in Telegram. */
const serviceLine = ({ service, text }) => (service ? t(`s_${service.kind}`, service) : text);

/** Create the line of `message` in the chat with `peer`. */
export function bubble(message, peer) {
  const id = `message-${message.id}`;
  if (message.kind === "service") {
    return h("li", { class: "service", id, "data-key": id }, h("span", null, serviceLine(message)));
  }
  const mine = message.from?.id === store.person;
  const command = isChannel(peer) ? null : (text) => sendText(peer, text);
  return h(
    "li",
    { class: mine ? "line mine" : "line", id, "data-key": id },
    h(
      "div",
      { class: "stack" },
      h(
        "div",
        { class: "bubble" },
        picture(message),
        invoiceCard(message),
        message.text ? h("div", { class: "text" }, richText(message.text, message.entities, command)) : null,
        message.reaction ? h("span", { class: "reaction" }, message.reaction) : null,
        foot(message),
      ),
      message.buttons?.length ? keyboard(message, peer) : null,
    ),
    isChannel(peer) ? forward(message, peer) : null,
  );
}
