// How a subscription stands. Providers say it each in words of their own; the room has one word for each.
const WORDS = {
  ACTIVE: "active",
  SUSPENDED: "paused",
  CANCELLED: "canceled",
  EXPIRED: "ended",
  APPROVAL_PENDING: "incomplete",
  APPROVED: "incomplete",
  wait_accept: "incomplete",
  cancel_by_merchant: "canceled",
  cancel_by_user: "canceled",
};
const GOES_ON = new Set(["active", "trialing", "past_due"]);

export const standing = (subscription) => WORDS[subscription.state] ?? subscription.state;

export const goesOn = (subscription) => GOES_ON.has(standing(subscription));
