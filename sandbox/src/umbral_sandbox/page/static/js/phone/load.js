// Brings the phone's chats in: the open one whole, the others from where we know them.
import { api } from "../api.js";
import { botOf, change, chatKey, isChannel, remember, store } from "../store.js";

const inside = (person) =>
  store.channels.filter((channel) => channel.members.some((member) => member.id === person));

/** Return the chats of a person, each with its number of messages. */
export function chatsOf(person) {
  const bots = store.chatList
    .filter((chat) => chat.person === person && chat.messages > 0)
    .map((chat) => ({ peer: botOf(chat.bot)?.username, count: chat.messages }));
  return [...bots, ...inside(person).map((channel) => ({ peer: channel.id, count: channel.messages }))];
}

/** Return the bots without messages from a person: those that anyone has started, or all if none was started. */
export function freshBots(person) {
  const used = new Set(store.chatList.filter((chat) => chat.started).map((chat) => chat.bot));
  const mine = new Set(chatsOf(person).map((chat) => chat.peer));
  return store.bots.filter((bot) => !mine.has(bot.username) && (used.size === 0 || used.has(bot.id)));
}

export async function loadPhone() {
  const { person, peer } = store;
  if (!store.people.some((one) => one.id === person)) return;
  const peers = new Set(chatsOf(person).map((chat) => chat.peer));
  if (peer !== null) peers.add(peer);
  await Promise.all([...[...peers].map((each) => loadChat(person, each)), ...store.played.map(loadOther)]);
  if (peer !== null) markRead(person, peer);
}

/** Load the unread messages of people whose tab is in the background, for their badge. */
async function loadOther(person) {
  if (person === store.person) return;
  const changed = chatsOf(person).filter(({ peer, count }) => messagesOf(person, peer).length !== count);
  await Promise.all(changed.map(({ peer }) => loadChat(person, peer)));
}

async function loadChat(person, peer) {
  const key = chatKey(person, peer);
  const known = store.chats.get(key);
  const open = person === store.person && peer === store.peer;
  const count = chatsOf(person).find((chat) => chat.peer === peer)?.count ?? 0;
  // Fewer messages than before: some were deleted, and only the whole chat shows which.
  const whole = open || !known || known.refused || !known.messages.length || known.messages.length > count;
  const after = whole ? undefined : Math.max(0, ...known.messages.map((message) => message.seq));
  const { messages, refused } = await api.chat(person, peer, after).catch((error) => {
    // The person may be gone after a reset of the sandbox; a lost connection is a different error.
    if (error instanceof TypeError) throw error;
    return { messages: [], refused: error.message };
  });
  change(() =>
    store.chats.set(key, { refused, messages: whole ? messages : merge(known.messages, messages) }),
  );
}

function merge(known, fresh) {
  if (!fresh.length) return known;
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of fresh) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

export const messagesOf = (person, peer) => store.chats.get(chatKey(person, peer))?.messages ?? [];

/** Count the messages of others after the last one seen, without edits. */
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
  change(() => {
    store.read[key] = last;
  });
  remember();
}

/** Open a chat of the current person; null opens the list. */
export async function openChat(peer) {
  const same = store.peer === peer;
  change(() => {
    store.peer = isChannel(peer) ? Number(peer) : peer;
    store.menu = null;
    store.side = "phone";
  });
  if (peer !== null && !same) await loadPhone();
}
