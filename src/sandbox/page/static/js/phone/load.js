// Brings the phone's chats in: the open one whole, the others from where we know them.
import { api } from "../api.js";
import { change, chatKey, isChannel, remember, store } from "../store.js";

/** The chats a person may have: every bot, and the channels they are in. */
export function peersOf(person) {
  const inside = store.channels.filter((channel) => channel.members.some((member) => member.id === person));
  return [...store.bots.map((bot) => bot.username), ...inside.map((channel) => channel.id)];
}

export async function loadPhone() {
  const { person } = store;
  if (!store.people.some((one) => one.id === person)) return;
  const peers = new Set(peersOf(person));
  if (store.peer !== null) peers.add(store.peer);
  await Promise.all([...peers].map((peer) => loadChat(person, peer)));
  if (store.peer !== null) markRead(person, store.peer);
}

async function loadChat(person, peer) {
  const key = chatKey(person, peer);
  const known = store.chats.get(key);
  const whole = peer === store.peer || !known || known.refused;
  const after = whole ? undefined : Math.max(0, ...known.messages.map((message) => message.seq));
  const answer = await api.chat(person, peer, after).catch((error) => {
    // Outside a channel there is nothing to read: that is an answer to show, unlike a lost connection.
    if (error instanceof TypeError) throw error;
    return { refused: error.message };
  });
  const fresh = answer.messages ?? [];
  change(() => store.chats.set(key, {
    refused: answer.refused,
    messages: whole ? fresh : merge(known.messages, fresh),
  }));
}

function merge(known, fresh) {
  if (!fresh.length) return known;
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of fresh) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

export const messagesOf = (person, peer) => store.chats.get(chatKey(person, peer))?.messages ?? [];

/** How many messages of others came after the last one seen; edits do not count. */
export function unreadOf(person, peer) {
  const seen = store.read[chatKey(person, peer)] ?? 0;
  return messagesOf(person, peer).filter(
    (message) => message.id > seen && message.from?.id !== person && message.kind !== "service",
  ).length;
}

function markRead(person, peer) {
  const last = messagesOf(person, peer).at(-1)?.id ?? 0;
  const key = chatKey(person, peer);
  if ((store.read[key] ?? 0) >= last) return;
  change(() => { store.read[key] = last; });
  remember();
}

/** Opens a chat of the current person, or the list with null. */
export async function openChat(peer) {
  const same = store.peer === peer;
  change(() => {
    store.peer = isChannel(peer) ? Number(peer) : peer;
    store.menu = null;
    store.side = "phone";
  });
  if (peer !== null && !same) await loadPhone();
}
