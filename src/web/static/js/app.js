// The Mini App's page. It asks the server for what belongs to who opened it, sends what they press, and speaks with
// Telegram around it: https://core.telegram.org/api/web-events. Everything that is shown is drawn by the server.
"use strict";

const launch = new URLSearchParams(location.hash.slice(1));
const remembered = (name) => {
  const value = launch.get(name);
  try {
    if (value) sessionStorage.setItem(name, value);
    return value || sessionStorage.getItem(name) || "";
  } catch {
    return value || "";
  }
};
const initData = remembered("tgWebAppData");
// What Telegram signed stands in the page's address, and this does not: who copies the one has not got the other. Kept
// beyond a reload, and for another window of the same browser, where the device lets us.
const pageKey = () => {
  const drawn = crypto.randomUUID ? crypto.randomUUID() : "";
  try {
    const kept = localStorage.getItem("pageKey") || drawn;
    localStorage.setItem("pageKey", kept);
    return kept;
  } catch {
    return drawn;
  }
};
const proof = initData
  ? { Authorization: `tma ${initData}`, "Page-Key": pageKey(), Platform: remembered("tgWebAppPlatform") }
  : { Authorization: "visit" };
const main = document.getElementById("main");
const status = document.getElementById("status");
const parts = main.innerHTML;
const TRIES = 4;
let atHome = true;
let leftToPay = false;

function tell(event, data = {}) {
  if (window.TelegramWebviewProxy) window.TelegramWebviewProxy.postEvent(event, JSON.stringify(data));
  else if (window.external && "notify" in window.external)
    window.external.notify(JSON.stringify({ eventType: event, eventData: data }));
  else if (window.parent !== window)
    window.parent.postMessage(JSON.stringify({ eventType: event, eventData: data }), "*");
  else return false;
  return true;
}

function wear(theme) {
  const colour = (theme && theme.bg_color) || "";
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const dark = 0.299 * red + 0.587 * green + 0.114 * blue < 128;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

// The device's own edges, and within them what Telegram draws over the page: together they are kept clear.
function keepClear(whose, area) {
  for (const side of ["top", "bottom"])
    if (Number.isFinite(area[side]))
      document.documentElement.style.setProperty(`--${whose}-${side}`, `${area[side]}px`);
}

function hear(event, data = {}) {
  if (event === "theme_changed") wear(data.theme_params);
  if (event === "back_button_pressed") load();
  if (event === "safe_area_changed") keepClear("device", data);
  if (event === "content_safe_area_changed") keepClear("telegram", data);
  // What was paid is told by the chat as well; here it is seen once it has arrived.
  if (event === "invoice_closed" && data.status !== "cancelled") load();
}

function busy(on) {
  main.setAttribute("aria-busy", String(on));
  status.textContent = on ? status.dataset.working : "";
}

function turnAway(answer) {
  show((answer.headers.get("WWW-Authenticate") || "").includes("used") ? "used" : "outside");
}

function show(what) {
  main.innerHTML = parts;
  for (const part of main.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== what;
  busy(what === "loading");
}

// Each answer is read to its end, whatever it says: for the browser the request is open until then.
async function ask(path, options) {
  const answer = await fetch(path, { ...options, cache: "no-store" });
  return [answer, await answer.text()];
}

function put(answer, text, home, pressed) {
  document.documentElement.lang = answer.headers.get("Content-Language") || document.documentElement.lang;
  main.innerHTML = text;
  busy(false);
  const box = pressed && main.querySelector(`[role=checkbox][data-press="${CSS.escape(pressed)}"]`);
  const place = box || main.querySelector("h1");
  if (!box) place.tabIndex = -1;
  if (!home || !atHome) {
    place.focus({ preventScroll: Boolean(box) });
    if (!box) scrollTo(0, 0);
  }
  atHome = home;
  tell("web_app_setup_back_button", { is_visible: !home });
}

async function load() {
  leftToPay = false;
  if (atHome && !main.querySelector("h2")) show("loading");
  busy(true);
  try {
    const [answer, text] = await ask("/app/screen", { headers: proof });
    if (answer.status === 401) return turnAway(answer);
    if (!answer.ok) throw new Error(String(answer.status));
    put(answer, text, true);
  } catch {
    show("failed");
  }
}

async function press(button) {
  if (main.getAttribute("aria-busy") === "true") return;
  busy(true);
  const { press: data, before, place } = button.dataset;
  const body = JSON.stringify({ key: crypto.randomUUID(), data, before: before || null, place: Number(place || 0) });
  const headers = { ...proof, "Content-Type": "application/json" };
  try {
    // The same key is the same press, however often it is sent.
    for (let tries = 0; tries < TRIES; tries += 1) {
      const [answer, text] = await ask("/app/presses", { method: "POST", headers, body });
      if (answer.status === 401) return turnAway(answer);
      if (answer.status === 403) return show("chat");
      if (answer.status === 202) continue;
      if (!answer.ok) throw new Error(String(answer.status));
      return put(answer, text, false, data);
    }
    show("slow");
  } catch {
    show("failed");
  }
}

async function enter(link) {
  history.replaceState(null, "", location.pathname);
  const headers = { "Content-Type": "application/json" };
  await ask("/app/enter", { method: "POST", headers, body: JSON.stringify({ link }) }).catch(() => null);
}

async function copy(button) {
  // A frame may not be let: then the text itself is shown, to be marked by hand.
  const copied = await navigator.clipboard.writeText(button.dataset.copy).then(() => true, () => false);
  button.textContent = copied ? button.dataset.done : button.dataset.copy;
}

function follow(link) {
  const url = new URL(link.href);
  leftToPay = true;
  const invoice = url.hostname === "t.me" && /^\/(?:\$|invoice\/)(.+)$/.exec(url.pathname);
  if (invoice) return tell("web_app_open_invoice", { slug: invoice[1] });
  return url.hostname === "t.me"
    ? tell("web_app_open_tg_link", { path_full: url.pathname + url.search })
    : tell("web_app_open_link", { url: url.href });
}

addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button && "press" in button.dataset) return void press(button);
  if (button && "copy" in button.dataset) return void copy(button);
  if (button) return void load();
  const link = event.target.closest("a[href]");
  if (link && initData && follow(link)) event.preventDefault();
});

addEventListener("message", (event) => {
  if (event.source !== window.parent) return;
  try {
    const told = JSON.parse(event.data);
    hear(told.eventType, told.eventData || {});
  } catch {
    // What is no event of Telegram's.
  }
});
window.Telegram = { WebView: { receiveEvent: hear } };

try {
  wear(JSON.parse(remembered("tgWebAppThemeParams") || "null"));
} catch {
  // Without a theme of Telegram's, the browser's own.
}
tell("web_app_ready");
tell("web_app_expand");
tell("web_app_request_safe_area");
tell("web_app_request_content_safe_area");
addEventListener("visibilitychange", () => document.visibilityState === "visible" && (atHome || leftToPay) && load());
const link = launch.get("link");
if (link) enter(link).then(load);
else load();
