// The control interface, and nothing else: the page is a client of it.

async function call(method, path, body) {
  const response = await fetch(`/control/${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `${response.status}`);
  return answer;
}

/** An action that Telegram's rules refuse: a regular response of the API, an error for the page. */
export class Refusal extends Error {}

async function attempt(path, body) {
  const answer = await call("POST", path, body);
  if (answer.refused) throw new Refusal(answer.refused);
  return answer;
}

const part = encodeURIComponent;

export const api = {
  state: () => call("GET", "state"),
  channels: () => call("GET", "channels"),
  checkouts: () => call("GET", "checkouts"),
  subscriptions: () => call("GET", "subscriptions"),
  payments: () => call("GET", "payments"),
  deliveries: () => call("GET", "deliveries"),
  clock: () => call("GET", "clock"),
  calls: (after) => call("GET", `calls?after=${after}`),
  advance: (by) => call("POST", "clock/advance", by),
  newPerson: (person) => call("POST", "users", person),
  chat: (person, peer, after) =>
    call("GET", `users/${person}/chat/${part(peer)}${after === undefined ? "" : `?after=${after}`}`),
  /** Perform an action of a person: send, press, open, forward, leave, block_bot, … */
  person: (id, what, body) => attempt(`users/${id}/${what}`, body),
  checkout: (id, what, body = {}) => call("POST", `checkouts/${part(id)}/${what}`, body),
  /** `kind` is "subscriptions" or "payments". */
  money: (kind, provider, id, what, body = {}) =>
    call("POST", `${kind}/${part(provider)}/${part(id)}/${what}`, body),
  sendAgain: (id) => call("POST", `deliveries/${part(id)}/again`, {}),
  faults: (list) => call("PUT", "faults", list),
  release: () => call("POST", "faults/release", {}),
};
