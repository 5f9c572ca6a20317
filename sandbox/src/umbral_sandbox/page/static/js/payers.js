// Whose a checkout is: nobody but the chat knows, so it is read from the messages that carried its link.
import { nameOf } from "./names.js";
import { store } from "./store.js";

const URLS = /"url"\s*:\s*"([^"]+)"/g;

/** Remember which person was sent which link. `calls`: the new calls. */
export function noteLinks(calls) {
  for (const { params } of calls) {
    if (!params?.reply_markup || !params.chat_id) continue;
    const markup = typeof params.reply_markup === "string" ? params.reply_markup : JSON.stringify(params.reply_markup);
    for (const [, url] of markup.matchAll(URLS)) store.payers.set(url.replaceAll("\\/", "/"), Number(params.chat_id));
  }
}

/** Return the id of a checkout's payer; null if no message contained its link. */
export const payerIdOf = (checkout) => store.payers.get(checkout?.url) ?? null;

/** Return the name of the payer of a checkout, subscription or payment; null if no message contained its link. */
export function payerOf(thing) {
  const its = (one) => one.url === thing.url || (thing.reference && one.reference === thing.reference);
  const checkout = thing.url ? thing : store.checkouts.find(its);
  const own = store.subscriptions.find((one) => one.id === thing.subscription);
  const id = payerIdOf(checkout);
  if (id !== null) return nameOf(id);
  return own && own !== thing ? payerOf(own) : null;
}
