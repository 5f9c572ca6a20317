// Where a link leads: a checkout, an invitation, a bot, an invoice, or out of the sandbox.
import { api } from "../api.js";
import { refresh } from "../live.js";
import { botOf, change, store } from "../store.js";
import { t } from "../texts.js";
import { openChat } from "./load.js";
import { toast, toastError } from "./notices.js";
import { openSheet } from "./sheets.js";

const HOSTS = new Set(["t.me", "telegram.me", "telegram.dog"]);

function parse(url) {
  try {
    return new URL(url, location.href);
  } catch {
    return null;
  }
}

/** Return the channel's link record of an invite address. */
export function linkRecord(url) {
  for (const channel of store.channels) {
    const link = channel.links.find((one) => one.url === url);
    if (link) return { channel, link };
  }
  return null;
}

/** Open a link as if the person on the phone had tapped it. */
export async function openLink(url) {
  change(() => {
    store.side = "phone";
  });
  const target = parse(url);
  if (!target) return toast(t("link_unknown"));
  if (target.protocol === "tg:") return openLink(fromScheme(target));
  if (HOSTS.has(target.hostname)) return openTelegram(url, target);
  const checkout = store.checkouts.find((one) => one.url === url);
  if (checkout || target.hostname === location.hostname)
    return openSheet({ kind: "checkout", url, before: checkout?.state });
  window.open(url, "_blank", "noopener");
  return undefined;
}

/** Return the https address of a tg: link. */
function fromScheme({ href, searchParams }) {
  if (href.startsWith("tg://join")) return `https://t.me/+${searchParams.get("invite")}`;
  const start = searchParams.get("start");
  return `https://t.me/${searchParams.get("domain")}${start === null ? "" : `?start=${encodeURIComponent(start)}`}`;
}

async function openTelegram(url, target) {
  const path = target.pathname.slice(1);
  if (path.startsWith("+") || path.startsWith("joinchat/")) return openSheet({ kind: "join", url });
  if (path.startsWith("$")) return openSheet({ kind: "stars", url });
  const post = path.match(/^c\/(\d+)/);
  if (post) return openChat(Number(`-100${post[1]}`));
  const bot = botOf(path);
  if (!bot) return toast(t("link_unknown"));
  if (target.searchParams.has("start")) await enter(url);
  return openChat(bot.username);
}

/** Open a t.me link as the person. Return the result, or null if it could not be tried. */
export async function enter(url) {
  try {
    const answer = await api.person(store.person, "open", { url });
    await refresh();
    return answer;
  } catch (error) {
    toastError(error);
    return null;
  }
}
