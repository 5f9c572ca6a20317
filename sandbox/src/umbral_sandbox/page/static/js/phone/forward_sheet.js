// Forwarding a channel's post to a bot.
import { api } from "../api.js";
import { h } from "../dom.js";
import { refresh } from "../live.js";
import { store } from "../store.js";
import { t } from "../texts.js";
import { toast, toastError } from "./notices.js";
import { avatar } from "./people.js";
import { closeSheet } from "./sheets.js";

async function forward(sheet, bot) {
  try {
    await api.person(store.person, "forward", {
      to: bot.username,
      channel_id: sheet.peer,
      message_id: sheet.message,
    });
    toast(t("forwarded"));
    closeSheet();
  } catch (error) {
    toastError(error);
  }
  await refresh();
}

export function forwardSheet(sheet) {
  return h(
    "ul",
    { class: "chats" },
    store.bots.map((bot) =>
      h(
        "li",
        null,
        h(
          "button",
          { class: "chat-row", onclick: () => forward(sheet, bot) },
          avatar(bot.name ?? bot.username, "bot"),
          h("span", { class: "chat-title" }, bot.name ?? `@${bot.username}`),
        ),
      ),
    ),
  );
}
