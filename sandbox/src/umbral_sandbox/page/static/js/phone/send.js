// Writing to a bot.
import { api } from "../api.js";
import { refresh } from "../live.js";
import { change, store } from "../store.js";
import { toastError } from "./notices.js";

/** Send a text to a bot as the person on the phone. Return true if it was sent. */
export async function sendText(peer, text) {
  change(() => {
    store.menu = null;
  });
  try {
    await api.person(store.person, "send", { to: peer, text });
    await refresh();
    return true;
  } catch (error) {
    toastError(error);
    return false;
  }
}
