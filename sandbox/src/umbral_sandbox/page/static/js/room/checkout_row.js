// A hosted checkout: pay it here, with another amount, or with its webhook early, late or never.
import { api } from "../api.js";
import { h } from "../dom.js";
import { moneyOf, providerOf, shortId } from "../format.js";
import { payerIdOf, payerOf } from "../payers.js";
import { openLink } from "../phone/links.js";
import { chatsOf, openChat } from "../phone/load.js";
import { play } from "../phone/people.js";
import { isChannel, store } from "../store.js";
import { t } from "../texts.js";
import { act, actionButton, effectLine } from "./act.js";
import { facts, row, stateBadge } from "./board.js";
import { related } from "./related.js";

const WEBHOOKS = ["after", "before", "never"];

function pay(event, checkout, key) {
  event.preventDefault();
  const { amount, webhooks } = event.currentTarget.elements;
  const how = { webhooks: webhooks.value };
  if (amount.value.trim()) how.amount = amount.value.trim().replace(",", ".");
  act(key, t("a_pay"), () => api.checkout(checkout.id, "pay", how), checkout.state);
}

function payForm(checkout, key) {
  return h(
    "form",
    { class: "inline-form", onsubmit: (event) => pay(event, checkout, key) },
    h(
      "label",
      null,
      h("span", null, t("amount")),
      h("input", {
        name: "amount",
        inputmode: "decimal",
        placeholder: checkout.amount,
        size: "7",
        autocomplete: "off",
      }),
    ),
    h(
      "label",
      null,
      h("span", null, t("webhooks")),
      h(
        "select",
        { name: "webhooks" },
        WEBHOOKS.map((value) => h("option", { value }, t(`w_${value}`))),
      ),
    ),
    h("button", { class: "button main", disabled: store.busy.has(key) }, t("a_pay")),
  );
}

/** Open a checkout on its payer's phone, in the chat of its link; if the payer is unknown, on the current phone. */
async function openOnPhone(checkout) {
  const payer = payerIdOf(checkout);
  if (payer !== null) {
    if (payer !== store.person) await play(payer);
    const chat = chatsOf(payer).find(({ peer }) => !isChannel(peer));
    if (chat) await openChat(chat.peer);
  }
  await openLink(checkout.url);
}

function body(checkout, key) {
  const action = (what) =>
    actionButton(key, t(`a_${what}`), () => api.checkout(checkout.id, what), checkout.state);
  return [
    facts([
      [t("id"), h("code", null, checkout.id)],
      [t("provider"), providerOf(checkout.provider)],
      [t("reference"), checkout.reference],
      ...related(checkout, "checkout"),
    ]),
    checkout.state === "open" ? payForm(checkout, key) : null,
    checkout.state === "open"
      ? h(
          "div",
          { class: "choices" },
          ["decline", "abandon", "expire"].map(action),
          h("button", { class: "button", onclick: () => openOnPhone(checkout) }, t("a_open")),
        )
      : null,
    effectLine(key, checkout.state),
  ];
}

export function checkoutRow(checkout) {
  const key = `checkout/${checkout.id}`;
  const head = {
    title: [payerOf(checkout), moneyOf(checkout.amount, checkout.currency)].filter(Boolean).join(" · "),
    under: `${providerOf(checkout.provider)} · ${shortId(checkout.id)}`,
    side: stateBadge(checkout.state),
    bad: checkout.state === "declined",
  };
  return row(key, head, () => body(checkout, key));
}
