// The Mini App's page. It loads the customer's screen from the server, sends the buttons that the customer presses, and
// exchanges events with Telegram: https://core.telegram.org/api/web-events. The server renders every screen.
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
// The page's URL contains Telegram's signature but not this key, so a copied URL is useless elsewhere. The key is stored
// for reloads and for other windows of the same browser, if the device permits it.
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

function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// Contrast of two colours: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

// Telegram's theme decides between light and dark. Its backgrounds are used if all our texts are readable on them.
function applyTheme(theme) {
  const isColour = (name) => /^#[0-9a-f]{6}$/i.test((theme && theme[name]) || "");
  if (!isColour("bg_color")) return;
  const root = document.documentElement;
  for (const name of ["--bg", "--surface"]) root.style.removeProperty(name);
  root.dataset.theme = luminance(theme.bg_color) < 0.18 ? "dark" : "light";
  const surface = isColour("section_bg_color") ? theme.section_bg_color : theme.bg_color;
  const page = isColour("secondary_bg_color") ? theme.secondary_bg_color : theme.bg_color;
  // A probe element resolves the page's own colours in the chosen theme.
  const texts = ["--text", "--quiet", "--accent", "--good", "--warn"].map(resolved);
  if (texts.some((text) => [surface, page].some((background) => contrast(text, background) < 4.5))) return;
  root.style.setProperty("--bg", page);
  root.style.setProperty("--surface", surface);
}

function resolved(name) {
  status.style.color = `var(${name})`;
  const [red, green, blue] = getComputedStyle(status).color.match(/\d+/g).map(Number);
  status.style.color = "";
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

// The device's own edges and, within them, what Telegram draws over the page: both are kept clear.
function keepClear(whose, area) {
  for (const side of ["top", "bottom"])
    if (Number.isFinite(area[side]))
      document.documentElement.style.setProperty(`--${whose}-${side}`, `${area[side]}px`);
}

function hear(event, data = {}) {
  if (event === "theme_changed") applyTheme(data.theme_params);
  if (event === "back_button_pressed") load();
  if (event === "safe_area_changed") keepClear("device", data);
  if (event === "content_safe_area_changed") keepClear("telegram", data);
  // The payment may arrive a moment later; the chat confirms it as well.
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

// Read the whole body of every response: the browser considers the request pending until then.
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
    // The idempotency key makes repeated requests count as one press.
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
  // Some frames may not write to the clipboard: show the text, so that the customer can copy it by hand.
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
    // Not a Telegram event.
  }
});
window.Telegram = { WebView: { receiveEvent: hear } };

try {
  applyTheme(JSON.parse(remembered("tgWebAppThemeParams") || "null"));
} catch {
  // Without a theme from Telegram, the browser's applies.
}
tell("web_app_ready");
tell("web_app_expand");
tell("web_app_request_safe_area");
tell("web_app_request_content_safe_area");
addEventListener("visibilitychange", () => document.visibilityState === "visible" && (atHome || leftToPay) && load());
const link = launch.get("link");
if (link) enter(link).then(load);
else load();
