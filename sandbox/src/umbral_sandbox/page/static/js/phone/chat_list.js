// The phone's first screen: bots and channels of one person, the latest on top.
import { api } from "../api.js";
import { h } from "../dom.js";
import { dayOf, timeOf } from "../format.js";
import { refresh } from "../live.js";
import { botOf, channelOf, isChannel, personOf, store, worldNow } from "../store.js";
import { t } from "../texts.js";
import { chatsOf, freshBots, messagesOf, openChat, unreadOf } from "./load.js";
import { toastError } from "./notices.js";
import { avatar } from "./people.js";

/** Return a chat's title. */
export const titleOf = (peer) =>
  isChannel(peer) ? (channelOf(peer)?.title ?? t("gone")) : (botOf(peer)?.name ?? `@${peer}`);

function preview(message, person) {
  if (!message) return t("new_chat");
  const text =
    message.text || { photo: t("photo"), document: t("document"), invoice: t("invoice") }[message.kind] || "";
  return `${message.from?.id === person ? t("you") : ""}${text}`.replace(/\s+/g, " ").slice(0, 90);
}

function when(message) {
  if (!message) return "";
  const day = dayOf(message.date, worldNow());
  return day === t("today") ? timeOf(message.date) : day;
}

function row(peer, person) {
  const last = messagesOf(person, peer).at(-1);
  const unread = unreadOf(person, peer);
  return h(
    "li",
    { "data-key": `chat-${peer}` },
    h(
      "button",
      { class: "chat-row", onclick: () => openChat(peer) },
      avatar(titleOf(peer), isChannel(peer) ? "channel" : "bot"),
      h(
        "span",
        { class: "chat-words" },
        h("span", { class: "chat-title" }, titleOf(peer)),
        h("span", { class: "chat-preview" }, preview(last, person)),
      ),
      h(
        "span",
        { class: "chat-side" },
        h("time", null, when(last)),
        unread
          ? h("span", { class: "badge", "aria-label": t("unread", { n: unread }) }, String(unread))
          : null,
      ),
    ),
  );
}

async function withdraw(channel) {
  try {
    await api.person(store.person, "cancel_request", { channel_id: channel.id });
    await refresh();
  } catch (error) {
    toastError(error);
  }
}

const request = (channel) =>
  h(
    "li",
    { class: "request-row", "data-key": `request-${channel.id}` },
    avatar(channel.title, "channel"),
    h(
      "span",
      { class: "chat-words" },
      h("span", { class: "chat-title" }, channel.title),
      h("span", { class: "chat-preview" }, t("request_sent")),
    ),
    h("button", { class: "button", onclick: () => withdraw(channel) }, t("cancel_request")),
  );

/** List chats with messages first; bots without a conversation are offered below. */
export function chatList() {
  const { person } = store;
  const peers = chatsOf(person).map((chat) => chat.peer);
  const latest = (peer) => messagesOf(person, peer).at(-1)?.date ?? "";
  peers.sort((a, b) => latest(b).localeCompare(latest(a)));
  const fresh = freshBots(person).map((bot) => bot.username);
  const asked = store.channels.filter((channel) => channel.requests.includes(person));
  return h(
    "div",
    { class: "screen list", "data-key": "list" },
    h("header", { class: "bar" }, h("h2", null, t("chats"))),
    h(
      "div",
      { class: "scroll" },
      h(
        "ul",
        { class: "chats" },
        asked.map(request),
        peers.map((peer) => row(peer, person)),
        fresh.map((peer) => row(peer, person)),
      ),
      store.loaded && peers.length === 0
        ? h("p", { class: "hint" }, t("chats_empty", { name: personOf(person)?.name ?? "" }))
        : null,
    ),
  );
}
