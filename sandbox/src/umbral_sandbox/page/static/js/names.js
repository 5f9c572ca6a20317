// Who an id is.
import { botOf, channelOf, personOf } from "./store.js";

/** Return the displayed name of a person or a bot, including "Bot" records. */
export function nameOf(id) {
  const person = personOf(id);
  if (person) return person.name;
  const bot = botOf(id);
  if (bot) return bot.name ?? `@${bot.username}`;
  return channelOf(id)?.title ?? String(id);
}

/** Names for people created without one, in order. */
const FIRST = ["Ana", "Luis", "Marta", "Diego", "Lucía", "Pablo", "Elena", "Jorge", "Sofía", "Raúl"];

/** Return a name that no person in `people` has. */
export function freshName(people) {
  const taken = new Set(people.map((person) => person.name));
  const free = FIRST.find((name) => !taken.has(name));
  if (free) return free;
  let number = 2;
  while (taken.has(`Ana ${number}`)) number += 1;
  return `Ana ${number}`;
}
