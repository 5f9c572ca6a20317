// One charge, and what can be done about it afterwards.
import { api } from "../api.js";
import { h } from "../dom.js";
import { moneyOf, providerOf, shortId } from "../format.js";
import { payerOf } from "../payers.js";
import { t } from "../texts.js";
import { actionButton, effectLine } from "./act.js";
import { facts, row, stateBadge } from "./board.js";
import { refundForm } from "./refund_form.js";
import { related } from "./related.js";

const CAN = {
  paid: ["dispute", "report_fraud"],
  partially_refunded: ["dispute", "report_fraud"],
  disputed: ["win_dispute", "lose_dispute"],
};
const REFUNDABLE = new Set(["paid", "partially_refunded"]);

function body(payment, key) {
  const { provider, id, state } = payment;
  const run = (what, how) => () => api.money("payments", provider, id, what, how);
  return [
    facts([
      [t("id"), h("code", null, id)],
      [t("provider"), providerOf(provider)],
      [t("reference"), payment.reference],
      ...related(payment, "payment"),
    ]),
    CAN[state]
      ? h(
          "div",
          { class: "choices" },
          CAN[state].map((what) => actionButton(key, t(`a_${what}`), run(what), state)),
        )
      : null,
    REFUNDABLE.has(state) ? refundForm(key, state, (how) => run("refund", how), payment.amount) : null,
    effectLine(key, state),
  ];
}

export function paymentRow(payment) {
  const key = `payment/${payment.provider}:${payment.id}`;
  const head = {
    title: [payerOf(payment), moneyOf(payment.amount, payment.currency)].filter(Boolean).join(" · "),
    under: `${providerOf(payment.provider)} · ${shortId(payment.id)}`,
    side: stateBadge(payment.state),
    bad: payment.state === "failed" || payment.state === "disputed",
  };
  return row(key, head, () => body(payment, key));
}
