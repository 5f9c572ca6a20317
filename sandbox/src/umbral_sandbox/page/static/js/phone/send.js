// Writing to a bot.
import { api } from "../api.js";
import { refresh } from "../live.js";
import { change, store } from "../store.js";
import { toastError } from "./notices.js";

/** Sends a text to a bot as the person on the phone; true when it went out. */
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
