// The one clock: what time it is in the world, ahead by how much, what falls due, and how to get there.
import { api } from "../api.js";
import { h } from "../dom.js";
import { dateOf, momentOf, secondsOf, shortId, spanOf } from "../format.js";
import { payerOf } from "../payers.js";
import { store, worldNow } from "../store.js";
import { t } from "../texts.js";
import { actionButton, effectLine } from "./act.js";
import { ref } from "./focus.js";
import { goesOn } from "./standing.js";

const SHOWN = 3;
const STEPS = [
  ["plus_hour", { hours: 1 }],
  ["plus_day", { days: 1 }],
  ["plus_month", { days: 31 }],
];

function dueThings() {
  const now = worldNow().toISOString();
  const subscriptions = store.subscriptions
    .filter((one) => goesOn(one) && one.period_end)
    .map((one) => ({
      at: one.period_end,
      key: `subscription-${one.id}`,
      text: t(one.cancel_at_period_end ? "due_ends" : "due_renews", { id: payerOf(one) ?? shortId(one.id) }),
      link: ["subscription", `${one.provider}:${one.id}`],
    }));
  const links = store.channels.flatMap((channel) =>
    channel.links
      .filter((link) => link.expires && !link.revoked)
      .map((link) => ({
        at: link.expires,
        key: link.url,
        text: t("due_link", { title: channel.title }),
        link: ["channel", channel.id],
      })),
  );
  return [...subscriptions, ...links]
    .filter((one) => one.at > now)
    .sort((a, b) => a.at.localeCompare(b.at))
    .slice(0, SHOWN);
}

function ahead() {
  const offset = worldNow().getTime() - Date.now();
  return Math.abs(offset) < 60_000 ? t("in_step") : t("ahead", { span: spanOf(offset) });
}

const dueLine = (one) =>
  h(
    "li",
    { "data-key": one.key },
    h("time", { datetime: one.at }, momentOf(one.at)),
    ref(...one.link, one.text),
  );

const nothingDue = () => (store.subscriptions.length ? t("due_none") : `${t("due_none")} ${t("due_first")}`);

async function advance(name, by) {
  const { now } = await api.advance(by);
  return t("advanced", { what: t(name), when: momentOf(now) });
}

export function timeView() {
  const due = dueThings();
  return h(
    "section",
    { class: "time", "aria-label": t("clock"), "data-key": "time" },
    h(
      "div",
      { class: "clock" },
      h("p", { class: "date" }, dateOf(worldNow())),
      h("p", { class: "now", id: "world-clock" }, secondsOf(worldNow())),
      h("p", { class: "quiet" }, ahead()),
    ),
    h(
      "div",
      { class: "due" },
      h("h2", null, t("due")),
      due.length ? h("ul", null, due.map(dueLine)) : h("p", { class: "quiet" }, nothingDue()),
    ),
    h(
      "div",
      { class: "steps" },
      h(
        "div",
        { class: "choices" },
        STEPS.map(([name, by]) => actionButton("clock", t(name), () => advance(name, by))),
      ),
      effectLine("clock"),
    ),
  );
}

/** Advance the displayed clock without fetching. */
export function tickClock() {
  setInterval(() => {
    const shown = document.getElementById("world-clock");
    if (shown) shown.textContent = secondsOf(worldNow());
  }, 1000);
}
