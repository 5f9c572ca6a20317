// The Mini App's page. It asks the server for what belongs to who opened it, and speaks with Telegram around it:
// https://core.telegram.org/api/web-events. Everything that is shown is drawn by the server.
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
const main = document.getElementById("main");

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

function show(what) {
  for (const part of main.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== what;
  main.setAttribute("aria-busy", String(what === "loading"));
}

async function load() {
  if (!initData) return show("outside");
  show("loading");
  try {
    const answer = await fetch("/app/screen", { headers: { Authorization: `tma ${initData}` }, cache: "no-store" });
    if (answer.status === 401) return show("outside");
    if (!answer.ok) throw new Error(String(answer.status));
    document.documentElement.lang = answer.headers.get("Content-Language") || document.documentElement.lang;
    main.innerHTML = await answer.text();
    main.setAttribute("aria-busy", "false");
    byOwnClock();
  } catch {
    show("failed");
  }
}

function byOwnClock() {
  const written = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  for (const time of main.querySelectorAll("time")) time.textContent = written.format(new Date(time.dateTime));
}

addEventListener("click", (event) => {
  if (event.target.closest("[data-retry]")) return load();
  const link = event.target.closest("a[href]");
  if (!link || !initData) return;
  const url = new URL(link.href);
  const inside = url.hostname === "t.me";
  const told = inside
    ? tell("web_app_open_tg_link", { path_full: url.pathname + url.search })
    : tell("web_app_open_link", { url: url.href });
  if (told) event.preventDefault();
});

addEventListener("message", (event) => {
  if (event.source !== window.parent) return;
  let told;
  try {
    told = JSON.parse(event.data);
  } catch {
    return;
  }
  if (told && told.eventType === "theme_changed") wear(told.eventData && told.eventData.theme_params);
});
window.Telegram = { WebView: { receiveEvent: (name, data) => name === "theme_changed" && wear(data.theme_params) } };

try {
  wear(JSON.parse(remembered("tgWebAppThemeParams") || "null"));
} catch {
  // Without a theme of Telegram's, the browser's own.
}
tell("web_app_ready");
tell("web_app_expand");
addEventListener("visibilitychange", () => document.visibilityState === "visible" && load());
load();
