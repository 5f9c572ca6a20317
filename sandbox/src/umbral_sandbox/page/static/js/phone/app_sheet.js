// A bot's Mini App, in a frame. It speaks with Telegram around it by messages to the window (API: web events).
import { api } from "../api.js";
import { h } from "../dom.js";
import { store } from "../store.js";
import { openLink } from "./links.js";
import { toastError } from "./notices.js";
import { closeSheet, openSheet } from "./sheets.js";

/** Opens the Mini App of the bot's menu button for the person on the phone. */
export async function openApp({ username, menu }) {
  try {
    const { url } = await api.person(store.person, "open_app", { bot: username });
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = JSON.stringify({ bg_color: dark ? "#17212b" : "#ffffff" });
    openSheet({ kind: "app", url: `${url}&tgWebAppThemeParams=${encodeURIComponent(theme)}`, name: menu });
  } catch (error) {
    toastError(error);
  }
}

export const appSheet = ({ url, name }) =>
  h("div", { class: "checkout-body" }, h("iframe", { title: name, src: url, "data-key": url }));

addEventListener("message", ({ data, origin }) => {
  if (store.sheet?.kind !== "app" || origin !== new URL(store.sheet.url).origin) return;
  const { eventType, eventData } = JSON.parse(data);
  if (eventType === "web_app_open_tg_link") {
    closeSheet();
    openLink(`https://t.me${eventData.path_full}`);
  } else if (eventType === "web_app_open_link") openLink(eventData.url);
  else if (eventType === "web_app_close") closeSheet();
});
