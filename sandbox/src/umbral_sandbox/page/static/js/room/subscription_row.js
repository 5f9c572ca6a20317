// A provider's subscription and its later life.
import { api } from "../api.js";
import { h } from "../dom.js";
import { momentOf, providerOf, shortId } from "../format.js";
import { payerOf } from "../payers.js";
import { store } from "../store.js";
import { t } from "../texts.js";
import { actionButton, effectLine } from "./act.js";
import { facts, row, stateBadge } from "./board.js";
import { refundForm } from "./refund_form.js";
import { related } from "./related.js";
import { standing } from "./standing.js";

const CAN = {
  active: ["renew", "fail_payment", "ask_confirmation", "recover", "pause", "cancel", "dispute"],
  trialing: ["renew", "fail_payment", "recover", "pause", "cancel"],
  past_due: ["recover", "renew", "cancel", "dispute"],
  unpaid: ["recover", "cancel", "dispute"],
  paused: ["resume", "cancel", "dispute"],
  canceled: ["dispute"],
};
/** Unsupported actions: coins and Stars have no disputes and no pauses; only card payments have a bank that asks. */
const UNKNOWN_TO = {
  cryptomus: new Set(["ask_confirmation", "pause", "resume", "dispute"]),
  paypal: new Set(["ask_confirmation"]),
  stars: new Set(["ask_confirmation", "pause", "dispute"]),
};

function actionsOf(subscription) {
  const disputed = store.payments.some(
    (payment) => payment.subscription === subscription.id && payment.state === "disputed",
  );
  const unknown = UNKNOWN_TO[subscription.provider];
  const usual = (CAN[standing(subscription)] ?? []).filter((what) => !unknown?.has(what));
  return disputed ? [...usual.filter((what) => what !== "dispute"), "win_dispute", "lose_dispute"] : usual;
}

function body(subscription, key) {
  const { provider, id } = subscription;
  const state = standing(subscription);
  const run = (what, how) => () => api.money("subscriptions", provider, id, what, how);
  return [
    facts([
      [t("id"), h("code", null, id)],
      [t("reference"), subscription.reference],
      [t("word_there"), h("code", null, subscription.state)],
      [t("period_end"), subscription.period_end ? momentOf(subscription.period_end) : null],
      ...related(subscription, "subscription"),
    ]),
    h(
      "div",
      { class: "choices" },
      actionsOf(subscription).map((what) => actionButton(key, t(`a_${what}`), run(what), state)),
    ),
    refundForm(key, state, (how) => run("refund", how)),
    effectLine(key, state),
  ];
}

export function subscriptionRow(subscription) {
  const { provider, id } = subscription;
  const key = `subscription/${provider}:${id}`;
  const end = subscription.period_end ? t("l_until", { when: momentOf(subscription.period_end) }) : null;
  const head = {
    title: payerOf(subscription) ?? shortId(id),
    under: [end, subscription.cancel_at_period_end ? t("ends_then") : null, providerOf(provider), shortId(id)]
      .filter(Boolean)
      .join(" · "),
    side: stateBadge(standing(subscription)),
    bad: standing(subscription) === "past_due",
  };
  return row(key, head, () => body(subscription, key));
}
