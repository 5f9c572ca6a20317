// The bottom of a chat: a line to write in, the bot's commands, or why one cannot write.
import { h } from "../dom.js";
import { draw } from "../icons.js";
import { botOf, change, store } from "../store.js";
import { t } from "../texts.js";
import { openApp } from "./app_sheet.js";
import { sendText } from "./send.js";

const COMMANDS = ["start", "planes", "estado", "cancelar"];

async function submit(event, peer) {
  event.preventDefault();
  const form = event.currentTarget;
  const text = form.elements.text.value.trim();
  if (!text) return;
  form.reset();
  if (!(await sendText(peer, text))) form.elements.text.value = text;
  form.elements.text.focus();
}

function commandMenu(peer) {
  return h(
    "ul",
    { class: "command-menu", "aria-label": t("commands") },
    COMMANDS.map((name) =>
      h(
        "li",
        null,
        h(
          "button",
          { type: "button", onclick: () => sendText(peer, `/${name}`) },
          h("strong", null, `/${name}`),
          " ",
          t(`cmd_${name}`),
        ),
      ),
    ),
  );
}

export function composer(peer, messages) {
  if (!messages.length) {
    return h(
      "div",
      { class: "composer start", "data-key": "start" },
      h("button", { class: "button main wide", onclick: () => sendText(peer, "/start") }, t("start")),
    );
  }
  const open = store.menu === "commands";
  const bot = withOwnMenu(botOf(peer));
  return h(
    "form",
    { class: "composer", "data-key": "write", onsubmit: (event) => submit(event, peer) },
    open ? commandMenu(peer) : null,
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": t("commands"),
        "aria-expanded": String(open),
        onclick: () =>
          change(() => {
            store.menu = open ? null : "commands";
          }),
      },
      draw("commands"),
    ),
    bot?.menu ? h("button", { type: "button", class: "button menu", onclick: () => openApp(bot) }, bot.menu) : null,
    h("input", {
      name: "text",
      "aria-label": t("message"),
      placeholder: t("message"),
      autocomplete: "off",
      maxlength: "4096",
    }),
    h("button", { class: "icon-button send", "aria-label": t("send") }, draw("send")),
  );
}

/** Return the bot with the name of its menu button in this person's chat. */
function withOwnMenu(bot) {
  const own = store.chatList.find((chat) => chat.person === store.person && chat.bot === bot?.id)?.menu;
  return own ? { ...bot, menu: own } : bot;
}

export const mutedBar = (text) => h("p", { class: "composer muted", "data-key": "muted" }, text);
