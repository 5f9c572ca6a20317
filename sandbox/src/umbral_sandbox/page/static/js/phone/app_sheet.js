// A bot's Mini App, in a frame. It speaks with Telegram around it by messages to the window (API: web events).
import { api } from "../api.js";
import { h } from "../dom.js";
import { change, store } from "../store.js";
import { openLink } from "./links.js";
import { toastError } from "./notices.js";
import { closeSheet, openSheet } from "./sheets.js";

/** Open the Mini App of the bot's menu button, or of a button under a message, for the person on the phone. */
export async function openApp({ username, menu, url: address = null }) {
  try {
    const { url } = await api.person(store.person, "open_app", { bot: username, url: address });
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = JSON.stringify({ bg_color: dark ? "#17212b" : "#ffffff" });
    openSheet({ kind: "app", url: `${url}&tgWebAppThemeParams=${encodeURIComponent(theme)}`, name: menu });
  } catch (error) {
    toastError(error);
  }
}

/** Open a link from the page in a sheet over it; closing the sheet returns to the page. */
async function over(url) {
  const app = store.sheet;
  await openLink(url);
  if (store.sheet && store.sheet !== app) store.sheet.under = app;
}

/** Press Telegram's back button, which is shown while the page requests it. */
export function pressBack() {
  const frame = document.querySelector(".sheet.app iframe");
  frame.contentWindow.postMessage(JSON.stringify({ eventType: "back_button_pressed", eventData: {} }), "*");
}

export const appSheet = ({ url, name }) =>
  h("div", { class: "checkout-body" }, h("iframe", { title: name, src: url, "data-key": url }));

addEventListener("message", ({ data, origin }) => {
  if (store.sheet?.kind !== "app" || origin !== new URL(store.sheet.url).origin) return;
  const { eventType, eventData } = JSON.parse(data);
  if (eventType === "web_app_open_tg_link") {
    closeSheet();
    openLink(`https://t.me${eventData.path_full}`);
  } else if (eventType === "web_app_open_link") over(eventData.url);
  else if (eventType === "web_app_open_invoice") over(`https://t.me/$${eventData.slug}`);
  else if (eventType === "web_app_setup_back_button")
    change(() => {
      store.sheet.back = eventData.is_visible;
    });
  else if (eventType === "web_app_close") closeSheet();
});
