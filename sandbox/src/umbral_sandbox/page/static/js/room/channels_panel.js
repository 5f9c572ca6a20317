// Every channel: who owns it, who is in, who asks, and through which links.
import { h } from "../dom.js";
import { momentOf } from "../format.js";
import { nameOf } from "../names.js";
import { openChat } from "../phone/load.js";
import { openLink } from "../phone/links.js";
import { personOf, store, worldNow } from "../store.js";
import { t } from "../texts.js";
import { commas, facts, list, panel, row, stateBadge } from "./board.js";
import { ref } from "./focus.js";

const who = (id) => (personOf(id) ? ref("person", id, nameOf(id)) : nameOf(id));
const everyone = (ids) => commas(ids.map((id) => who(id)));

function linkState(link) {
  if (link.revoked) return "l_revoked";
  return link.expires && new Date(link.expires) < worldNow() ? "l_expired" : "l_live";
}

function linkLine(link) {
  const state = linkState(link);
  const player = personOf(store.person);
  const words = [
    link.primary ? t("l_primary") : null,
    link.request ? t("l_request") : null,
    link.member_limit ? t("l_limit", { n: link.member_limit }) : null,
    link.expires ? t("l_until", { when: momentOf(link.expires) }) : null,
    t("l_used", { n: link.used }),
    t("by", { name: nameOf(link.creator) }),
  ].filter(Boolean);
  return h(
    "li",
    { "data-key": link.url },
    h("code", null, link.url.replace(/^https:\/\//, "")),
    stateBadge(state, t(state)),
    h("span", { class: "quiet" }, words.join(" · ")),
    player && state === "l_live"
      ? h(
          "button",
          { class: "button", onclick: () => openLink(link.url) },
          t("link_open", { name: player.name }),
        )
      : null,
  );
}

const adminLine = (admin) =>
  h(
    "li",
    { "data-key": `admin-${admin.id}` },
    who(admin.id),
    h("span", { class: "quiet" }, ` ${(admin.rights ?? []).join(", ")}`),
  );

function body(channel) {
  const inside = channel.members.some((member) => member.id === store.person);
  const part = (title, items, view) =>
    items.length ? [h("h3", null, title), h("ul", { class: "lines" }, items.map(view))] : null;
  return [
    facts([
      [t("id"), h("code", null, String(channel.id))],
      [t("owner"), who(channel.owner)],
      [t("created_by"), channel.created_by === channel.owner ? null : who(channel.created_by)],
      [t("about"), channel.about],
      [t("member_list"), everyone(channel.members.map((member) => member.id))],
      [t("requests"), everyone(channel.requests)],
      [t("banned"), everyone(channel.banned)],
      [
        t("posts"),
        channel.messages === undefined ? null : String(channel.messages.length ?? channel.messages),
      ],
    ]),
    part(t("admins"), channel.admins, adminLine),
    part(t("links"), channel.links, linkLine),
    inside
      ? h(
          "div",
          { class: "choices" },
          h("button", { class: "button", onclick: () => openChat(channel.id) }, t("a_open")),
        )
      : null,
  ];
}

function channelRow(channel) {
  const under = [
    t("members", { n: channel.members.length }),
    t("by", { name: nameOf(channel.owner) }),
    channel.protected ? t("protected") : null,
  ];
  const side = channel.requests.length
    ? stateBadge("open", t("n_requests", { n: channel.requests.length }))
    : null;
  return row(
    `channel/${channel.id}`,
    { title: channel.title, under: under.filter(Boolean).join(" · "), side },
    () => body(channel),
  );
}

export function channelsPanel() {
  const channels = [...store.channels].reverse();
  return panel(
    "channels",
    t("channels"),
    channels.length,
    list("channels", channels, t("channels_empty"), channelRow),
  );
}
