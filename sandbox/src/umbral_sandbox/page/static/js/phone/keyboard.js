// Inline keyboards: rows of buttons under a bubble, each doing what its kind says.
import { api } from "../api.js";
import { h } from "../dom.js";
import { draw } from "../icons.js";
import { refresh } from "../live.js";
import { change, store } from "../store.js";
import { t } from "../texts.js";
import { openApp } from "./app_sheet.js";
import { openLink } from "./links.js";
import { alertBox, toast, toastError } from "./notices.js";
import { openSheet } from "./sheets.js";

async function press(peer, message, button, key) {
  if (store.pressing.has(key)) return;
  change(() => store.pressing.add(key));
  try {
    const { answer, value } = await api.person(store.person, "press", {
      peer,
      message_id: message.id,
      data: button.data,
    });
    if (answer === null) toast(t("no_answer"));
    else if (answer.alert) alertBox(answer.text);
    else if (answer.text) toast(answer.text);
    if (value) await openLink(value);
  } catch (error) {
    toastError(error);
  }
  change(() => store.pressing.delete(key));
  await refresh();
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch (error) {
    toastError(error);
  }
}

function act(peer, message, button, key) {
  if (button.kind === "url") return openLink(button.url);
  if (button.kind === "copy") return copy(button.copy);
  if (button.kind === "web_app") return openApp({ username: peer, menu: button.text, url: button.url });
  if (button.kind === "pay") return openSheet({ kind: "stars", peer, message: message.id });
  return press(peer, message, button, key);
}

const MARKS = { url: "out", copy: "copy", pay: "card", web_app: "out" };

function key(peer, message, button, place) {
  const name = `${store.person}:${peer}:${message.id}:${place}`;
  const busy = store.pressing.has(name);
  return h(
    "button",
    {
      class: "key",
      "aria-busy": busy && "true",
      "data-kind": button.kind,
      "data-style": button.style,
      onclick: () => act(peer, message, button, name),
    },
    h("span", null, button.text),
    MARKS[button.kind] ? draw(MARKS[button.kind]) : null,
    busy ? h("span", { class: "spinner", "aria-hidden": "true" }) : null,
  );
}

export function keyboard(message, peer) {
  return h(
    "div",
    { class: "keyboard" },
    message.buttons.map((row, y) =>
      h(
        "div",
        { class: "keys" },
        row.map((button, x) => key(peer, message, button, `${y}.${x}`)),
      ),
    ),
  );
}
