// The few things a person can do to a chat as a whole.
import { api } from "../api.js";
import { h } from "../dom.js";
import { draw } from "../icons.js";
import { refresh } from "../live.js";
import { botOf, change, isChannel, personOf, store } from "../store.js";
import { t } from "../texts.js";
import { openChat } from "./load.js";
import { toast, toastError } from "./notices.js";

async function leave(channel) {
  await api.person(store.person, "leave", { channel_id: channel });
  await openChat(null);
  toast(t("left"));
}

/** Return true if the person on the phone has blocked this bot. */
export function hasBlocked(peer) {
  const blocked = personOf(store.person)?.blocked ?? [];
  return blocked.includes(peer) || blocked.includes(botOf(peer)?.id);
}

function actions(peer) {
  if (isChannel(peer)) return [[t("leave"), () => leave(peer)]];
  const what = hasBlocked(peer) ? "unblock_bot" : "block_bot";
  return [[t(hasBlocked(peer) ? "unblock" : "block"), () => api.person(store.person, what, { bot: peer })]];
}

async function run(action) {
  change(() => {
    store.menu = null;
  });
  await action().catch(toastError);
  await refresh();
}

export function chatMenu(peer) {
  const open = store.menu === "chat";
  return h(
    "div",
    { class: "chat-menu" },
    h(
      "button",
      {
        class: "icon-button",
        "aria-label": t("more"),
        "aria-expanded": String(open),
        onclick: () =>
          change(() => {
            store.menu = open ? null : "chat";
          }),
      },
      draw("menu"),
    ),
    open
      ? h(
          "ul",
          { class: "pop-up" },
          actions(peer).map(([label, action]) =>
            h("li", null, h("button", { onclick: () => run(action) }, label)),
          ),
        )
      : null,
  );
}
