// Who an id is.
import { botOf, channelOf, personOf } from "./store.js";

/** A person's or bot's name as shown, "Bot" records included. */
export function nameOf(id) {
  const person = personOf(id);
  if (person) return person.name;
  const bot = botOf(id);
  if (bot) return bot.name ?? `@${bot.username}`;
  return channelOf(id)?.title ?? String(id);
}

/** Names for people who come without one, in order. */
const FIRST = ["Ana", "Luis", "Marta", "Diego", "Lucía", "Pablo", "Elena", "Jorge", "Sofía", "Raúl"];

/** A name nobody in `people` has yet. */
export function freshName(people) {
  const taken = new Set(people.map((person) => person.name));
  const free = FIRST.find((name) => !taken.has(name));
  if (free) return free;
  let number = 2;
  while (taken.has(`Ana ${number}`)) number += 1;
  return `Ana ${number}`;
}
