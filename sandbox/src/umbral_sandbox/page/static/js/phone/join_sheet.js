// What an invite link shows before one joins or asks to.
import { h } from "../dom.js";
import { change, store, worldNow } from "../store.js";
import { t } from "../texts.js";
import { enter, linkRecord } from "./links.js";
import { openChat } from "./load.js";
import { avatar } from "./people.js";
import { closeSheet } from "./sheets.js";

async function ask(sheet) {
  change(() => store.busy.add("join"));
  const result = await enter(sheet.url);
  change(() => {
    store.busy.delete("join");
    if (store.sheet?.url === sheet.url) store.sheet = { ...store.sheet, result };
  });
}

function outcome({ result, reason }) {
  if (result === "requested") return t("requested");
  return result === "refused" ? t("refused", { reason: reason ?? "" }) : t("joined");
}

function warning(link) {
  if (link.revoked) return t("link_revoked");
  if (link.expires && new Date(link.expires) < worldNow()) return t("link_expired");
  return link.request ? t("join_note") : null;
}

function enterChannel(channel) {
  closeSheet();
  return openChat(channel.id);
}

/** An unknown link is tried, too: the person sees Telegram's refusal. */
export function joinSheet(sheet) {
  const found = linkRecord(sheet.url);
  const channel = found?.channel;
  const inside = channel?.members.some((member) => member.id === store.person);
  const tried = sheet.result;
  return h(
    "div",
    { class: "sheet-body join-body" },
    channel ? avatar(channel.title, "channel large") : null,
    h("h3", null, channel?.title ?? sheet.url),
    channel
      ? h("p", { class: "quiet" }, `${t("channel")} · ${t("members", { n: channel.members.length })}`)
      : null,
    channel?.about ? h("p", null, channel.about) : null,
    h(
      "p",
      { class: "quiet", role: "status" },
      inside ? t("joined") : tried ? outcome(tried) : found ? warning(found.link) : t("link_unknown"),
    ),
    inside
      ? h("button", { class: "button main wide", onclick: () => enterChannel(channel) }, t("open_channel"))
      : tried?.result === "requested" || tried?.result === "refused"
        ? h("button", { class: "button wide", onclick: closeSheet }, t("back_to_chat"))
        : h(
            "button",
            {
              class: "button main wide",
              "aria-busy": store.busy.has("join") && "true",
              onclick: () => ask(sheet),
            },
            t(found && !found.link.request ? "join_now" : "ask_join"),
          ),
  );
}
