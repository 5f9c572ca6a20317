// A guided tour of nine steps, followed at one's own pace or skipped; a step that was done in the world ticks itself.
import { h } from "../dom.js";
import { change, remember, store, worldNow } from "../store.js";
import { t } from "../texts.js";
import { standing } from "./standing.js";

const MONTH_MS = 31 * 86_400_000;
/** Number of service messages in a new channel: created, welcome, pinned. */
const BEGUN = 3;

/** Find a customer in the channel: a member who is neither a pool account (which has a phone) nor an admin. */
const customerIn = (channel) =>
  channel.members.some(
    (member) =>
      member.id !== channel.owner &&
      !channel.admins.some((admin) => admin.id === member.id) &&
      store.people.some((one) => one.id === member.id && !one.phone),
  );
const isTurnedAway = (call) =>
  call.method === "declineChatJoinRequest" ||
  (call.method === "HideChatJoinRequest" && call.params?.approved === false);

/** Mark that the product writes under a tip once the tip has a result. */
const RESULT = "🏁";
const saysResult = (call) => call.method === "editMessageText" && String(call.params?.text ?? "").includes(RESULT);

/** Steps by name, each with the check that it is done; `recover` requires an earlier failure. */
const STEPS = [
  ["buy", () => store.payments.some((payment) => payment.state === "paid")],
  ["join", () => store.channels.some(customerIn)],
  ["pick", () => store.channels.some((channel) => customerIn(channel) && channel.messages > BEGUN)],
  ["record", () => store.calls.some(saysResult)],
  ["fail", () => store.subscriptions.some((one) => standing(one) === "past_due")],
  [
    "recover",
    () => store.tour.done.includes("fail") && !store.subscriptions.some((one) => standing(one) === "past_due"),
  ],
  ["refund", () => store.payments.some((payment) => payment.state.endsWith("refunded"))],
  ["leak", () => store.calls.some(isTurnedAway)],
  // Count from the time at which the step was reached: the failure before took a month as well.
  [
    "month",
    () =>
      store.tour.step === STEPS.length - 1 &&
      worldNow().getTime() - (store.tour.reached ?? Infinity) >= MONTH_MS - 60_000,
  ],
];

/** Tick the completed steps. Called after each fetch. */
export function follow() {
  const done = new Set(store.tour.done);
  for (const [name, isDone] of STEPS) if (isDone()) done.add(name);
  if (done.size === store.tour.done.length) return;
  change(() => {
    store.tour = { ...store.tour, done: [...done] };
  });
  remember();
}

const turn = (news) => () => {
  change(() => {
    store.tour = { ...store.tour, ...news };
  });
  remember();
};

const button = (label, news, main = false) =>
  h("button", { class: main ? "button main" : "button", onclick: turn(news) }, label);

/** Link that reopens a skipped tour. */
export const tourLink = () =>
  store.tour.hidden ? h("button", { class: "more tour-link", onclick: turn({ hidden: false }) }, t("tour")) : null;

export function tourView() {
  if (store.tour.hidden || !store.loaded) return null;
  const at = Math.min(store.tour.step, STEPS.length - 1);
  const [name] = STEPS[at];
  const done = store.tour.done.includes(name);
  const last = at === STEPS.length - 1;
  return h(
    "section",
    { class: "tour", "aria-labelledby": "tour-title", "data-key": "tour" },
    h("p", { class: "quiet" }, t("tour_at", { n: at + 1, of: STEPS.length })),
    h("h2", { id: "tour-title" }, t(`tour_${name}`), done ? h("span", { class: "ticked" }, t("tour_done")) : null),
    h("p", null, t(`tour_${name}_how`)),
    h(
      "div",
      { class: "choices" },
      last
        ? button(t("tour_end"), { hidden: true, step: 0 }, done)
        : button(t("tour_next"), { step: at + 1, reached: worldNow().getTime() }, done),
      at ? button(t("tour_back"), { step: at - 1 }) : null,
      last ? null : button(t("tour_skip"), { hidden: true }),
    ),
  );
}
