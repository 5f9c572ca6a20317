// One chat, open: its messages, what is pinned, and a way to write.
import { h } from "../dom.js";
import { dayOf } from "../format.js";
import { draw } from "../icons.js";
import { channelOf, chatKey, isChannel, store, worldNow } from "../store.js";
import { t } from "../texts.js";
import { bubble } from "./bubble.js";
import { chatMenu } from "./chat_menu.js";
import { titleOf } from "./chat_list.js";
import { composer, mutedBar } from "./composer.js";
import { messagesOf, openChat } from "./load.js";
import { avatar } from "./people.js";

const NEAR_END = 80;

function header(peer) {
  const channel = isChannel(peer) ? channelOf(peer) : null;
  const under = channel ? t("members", { n: channel.members.length }) : t(isChannel(peer) ? "channel" : "bot");
  return h(
    "header",
    { class: "bar" },
    h(
      "button",
      { class: "icon-button", "aria-label": t("back"), onclick: () => openChat(null) },
      draw("back"),
    ),
    avatar(titleOf(peer), isChannel(peer) ? "channel" : "bot"),
    h("div", { class: "bar-words" }, h("h2", null, titleOf(peer)), h("p", null, under)),
    chatMenu(peer),
  );
}

function pinnedBar(messages) {
  const pinned = messages.findLast((message) => message.pinned);
  if (!pinned) return null;
  const show = () => document.getElementById(`message-${pinned.id}`)?.scrollIntoView({ block: "center" });
  return h(
    "button",
    { class: "pinned", "data-key": "pinned", onclick: show },
    draw("pin"),
    h(
      "span",
      null,
      h("strong", null, t("pinned")),
      h("span", { class: "pinned-text" }, pinned.text || t("photo")),
    ),
  );
}

function lines(messages, peer) {
  const now = worldNow();
  let day = null;
  return messages.flatMap((message) => {
    const its = dayOf(message.date, now);
    const line =
      its === day ? [] : [h("li", { class: "day", "data-key": `day-${its}` }, h("span", null, its))];
    day = its;
    return [...line, bubble(message, peer)];
  });
}

function bottom(peer, messages, refused) {
  if (!isChannel(peer)) return composer(peer, messages);
  return mutedBar(refused ? t("not_member") : t("muted"));
}

function nothingIn(peer, refused) {
  if (!isChannel(peer)) return t("chat_empty");
  if (!channelOf(peer)) return t("gone_why");
  return t(refused ? "kept_from" : "channel_empty");
}

export function chatView() {
  const { peer, person } = store;
  const messages = messagesOf(person, peer);
  const refused = store.chats.get(chatKey(person, peer))?.refused;
  return h(
    "div",
    { class: "screen chat", "data-key": `open-${person}-${peer}` },
    header(peer),
    pinnedBar(messages),
    h(
      "div",
      {
        class: "scroll talk",
        id: "talk",
        tabindex: "0",
        role: "log",
        "aria-label": titleOf(peer),
        onscroll: noteScroll,
      },
      messages.length
        ? h("ol", { class: "messages" }, lines(messages, peer))
        : h("p", { class: "hint" }, nothingIn(peer, refused)),
    ),
    bottom(peer, messages, refused),
  );
}

let atEnd = true;
let shown = "";

function noteScroll(event) {
  const talk = event.currentTarget;
  atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < NEAR_END;
}

/** Keep the newest message in view unless the reader has scrolled up. */
export function keepAtEnd() {
  const talk = document.getElementById("talk");
  const open = `${store.person}:${store.peer}`;
  if (!talk) {
    shown = "";
    return;
  }
  if (open !== shown || atEnd) talk.scrollTop = talk.scrollHeight;
  if (open !== shown) atEnd = true;
  shown = open;
}
