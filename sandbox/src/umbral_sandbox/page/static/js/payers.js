// Whose a checkout is: nobody but the chat knows, so it is read from the messages that carried its link.
import { nameOf } from "./names.js";
import { store } from "./store.js";

const URLS = /"url"\s*:\s*"([^"]+)"/g;

/** Remembers who was sent which link. calls: new ones. */
export function noteLinks(calls) {
  for (const { params } of calls) {
    if (!params?.reply_markup || !params.chat_id) continue;
    const markup = typeof params.reply_markup === "string" ? params.reply_markup : JSON.stringify(params.reply_markup);
    for (const [, url] of markup.matchAll(URLS)) store.payers.set(url.replaceAll("\\/", "/"), Number(params.chat_id));
  }
}

/** Who pays for a checkout, by id; null where no message told. */
export const payerIdOf = (checkout) => store.payers.get(checkout?.url) ?? null;

/** The name of who pays for a checkout, a subscription or a payment; null where no message told. */
export function payerOf(thing) {
  const its = (one) => one.url === thing.url || (thing.reference && one.reference === thing.reference);
  const checkout = thing.url ? thing : store.checkouts.find(its);
  const own = store.subscriptions.find((one) => one.id === thing.subscription);
  const id = payerIdOf(checkout);
  if (id !== null) return nameOf(id);
  return own && own !== thing ? payerOf(own) : null;
}
