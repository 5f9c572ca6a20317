// What belongs together: a checkout, its subscription and its payments share a reference or name each other.
import { shortId } from "../format.js";
import { store } from "../store.js";
import { t } from "../texts.js";
import { commas } from "./board.js";
import { ref } from "./focus.js";

const sameReference = (a, b) => a.reference && a.reference === b.reference && a.provider === b.provider;
const links = (kind, items) =>
  commas(
    items.map((one) =>
      ref(kind, kind === "checkout" ? one.id : `${one.provider}:${one.id}`, shortId(one.id)),
    ),
  );

/** Return facts that link to the other payment records of the same purchase. */
export function related(thing, kind) {
  const subscriptions = store.subscriptions.filter(
    (one) => one.id === thing.subscription || sameReference(one, thing),
  );
  const payments = store.payments.filter((one) => one.subscription === thing.id || sameReference(one, thing));
  const checkouts = store.checkouts.filter((one) => sameReference(one, thing));
  return [
    [t("checkouts"), kind === "checkout" ? null : links("checkout", checkouts)],
    [t("subscription"), kind === "subscription" ? null : links("subscription", subscriptions)],
    [t("payments"), kind === "payment" ? null : links("payment", payments)],
  ];
}
