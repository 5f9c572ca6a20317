// Everyone in the world: customers, the operator, the accounts that own channels.
import { h } from "../dom.js";
import { languageOf } from "../format.js";
import { botOf, store } from "../store.js";
import { t } from "../texts.js";
import { play } from "../phone/people.js";
import { commas, facts, list, panel, row, stateBadge } from "./board.js";
import { ref } from "./focus.js";

const channelLinks = (channels) =>
  commas(channels.map((channel) => ref("channel", channel.id, channel.title)));
const isAccount = (person) => Boolean(person.phone);

function body(person) {
  const inside = store.channels.filter((channel) =>
    channel.members.some((member) => member.id === person.id),
  );
  const asked = store.channels.filter((channel) => channel.requests.includes(person.id));
  return [
    facts([
      [t("id"), h("code", null, String(person.id))],
      [t("language"), languageOf(person.language_code)],
      [t("phone_number"), person.phone],
      [t("login_code"), person.login_code ? h("code", null, person.login_code) : null],
      [t("in_channels"), channelLinks(inside)],
      [t("asks_for"), channelLinks(asked)],
      [t("blocks"), (person.blocked ?? []).map((bot) => botOf(bot)?.name ?? bot).join(", ")],
    ]),
    isAccount(person)
      ? null
      : h(
          "div",
          { class: "choices" },
          h("button", { class: "button", onclick: () => play(person.id) }, t("play")),
        ),
  ];
}

function personRow(person) {
  const playing = store.played.includes(person.id);
  const side = isAccount(person)
    ? stateBadge("account", t("account"))
    : playing
      ? stateBadge("open", t("playing"))
      : null;
  const under = [person.username ? `@${person.username}` : null, languageOf(person.language_code)]
    .filter(Boolean)
    .join(" · ");
  return row(`person/${person.id}`, { title: person.name, under, side }, () => body(person));
}

export function peoplePanel() {
  const people = [...store.people].sort((a, b) => isAccount(a) - isAccount(b) || b.id - a.id);
  return panel("people", t("people"), people.length, list("people", people, t("people_empty"), personRow));
}
