// What can be made to fail, where, and with which numbers.
const CALLS = [
  "flood",
  "error",
  "error_after",
  "drop_before",
  "drop_after",
  "slow",
  "hold_before",
  "hold_after",
  "garbage",
];

/** Displayed names of the services in which faults are injected. */
export const PLACE_NAMES = {
  webhooks: "Webhooks",
  bot_api: "Bot API",
  mtproto: "MTProto",
  stripe: "Stripe",
  paypal: "PayPal",
  cryptomus: "Cryptomus",
};
export const PLACES = Object.keys(PLACE_NAMES);

export const KINDS = {
  webhooks: ["duplicate", "reorder", "delay", "drop", "forge", "truncate"],
  bot_api: CALLS,
  mtproto: [...CALLS, "channels_too_much", "auth_lost", "restricted"],
  stripe: CALLS,
  paypal: CALLS,
  cryptomus: CALLS,
};

/** Numbers that a kind of fault takes besides `times` and `method`. */
export const FIELDS = {
  duplicate: ["n"],
  delay: ["seconds"],
  flood: ["seconds"],
  slow: ["seconds"],
  error: ["code"],
  error_after: ["code"],
};

const SAMPLES = { n: "3", code: "500", seconds: "10" };

/** Initial value of a number's field; `times` and `method` start empty. */
export const sample = (kind, name) => (FIELDS[kind]?.includes(name) ? SAMPLES[name] : null);
