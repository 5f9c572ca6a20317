// Webhooks: each with the answers it got, and the chance to send it once more.
import { api } from "../api.js";
import { h } from "../dom.js";
import { providerOf, secondsOf } from "../format.js";
import { store } from "../store.js";
import { t } from "../texts.js";
import { actionButton, effectLine } from "./act.js";
import { facts, list, panel, row, stateBadge } from "./board.js";

const SHOWN = 8;

const accepted = (attempt) => attempt.status >= 200 && attempt.status < 300;

/** Return true if the last delivery attempt was refused or got no response. */
export const wasRefused = (delivery) => delivery.state !== "delivered" && delivery.attempts.length > 0;

function answerBadge(delivery) {
  const last = delivery.attempts.at(-1);
  if (!last) return stateBadge("waiting", t("waiting"));
  return stateBadge(
    accepted(last) ? "delivered" : "failed",
    last.status ? String(last.status) : t("no_reply"),
  );
}

function attemptLine(attempt, index) {
  return h(
    "li",
    { "data-key": `attempt-${index}` },
    h("time", { datetime: attempt.at }, secondsOf(attempt.at)),
    stateBadge(
      accepted(attempt) ? "delivered" : "failed",
      attempt.status ? String(attempt.status) : t("no_reply"),
    ),
    h(
      "span",
      { class: "quiet" },
      [attempt.fault, attempt.error, attempt.answer].filter(Boolean).join(" · ").slice(0, 200),
    ),
  );
}

function body(delivery, key) {
  return [
    facts([
      [t("id"), h("code", null, delivery.event)],
      [t("to"), delivery.url],
    ]),
    delivery.attempts.length
      ? [
          h("h3", null, t("attempts")),
          h("ul", { class: "lines" }, delivery.attempts.slice(-SHOWN).map(attemptLine)),
        ]
      : null,
    h(
      "div",
      { class: "choices" },
      actionButton(key, t("a_again"), () => api.sendAgain(delivery.id)),
    ),
    effectLine(key),
  ];
}

function deliveryRow(delivery) {
  const key = `delivery/${delivery.id}`;
  const head = {
    title: delivery.type,
    under: `${providerOf(delivery.provider)} · ${secondsOf(delivery.created)}`,
    side: answerBadge(delivery),
    bad: wasRefused(delivery),
  };
  return row(key, head, () => body(delivery, key));
}

export function deliveriesPanel() {
  const deliveries = [...store.deliveries].reverse();
  return panel(
    "deliveries",
    t("deliveries"),
    deliveries.length,
    list("deliveries", deliveries, t("deliveries_empty"), deliveryRow),
  );
}
