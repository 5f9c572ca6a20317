// Starts the page: draws it, brings the world in, keeps it fresh.
import { h, morph } from "./dom.js";
import { listen, refresh } from "./live.js";
import { afterPhone, phoneView } from "./phone/phone.js";
import { ensurePerson } from "./phone/people.js";
import { closeTop } from "./phone/sheets.js";
import { tickClock } from "./room/time.js";
import { afterRoom, followAddress, roomView } from "./room/room.js";
import { change, onChange, recall, store } from "./store.js";
import { lang, t } from "./texts.js";

const root = document.getElementById("app");

function sideTab(side, label) {
  return h(
    "button",
    {
      role: "tab",
      id: `tab-${side}`,
      "aria-controls": side,
      "aria-selected": String(store.side === side),
      class: "side-tab",
      onclick: () => turnTo(side),
      onkeydown: switchSide,
    },
    label,
  );
}

function turnTo(side) {
  change(() => {
    store.side = side;
  });
  refresh();
}

function switchSide(event) {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  turnTo(store.side === "phone" ? "room" : "phone");
  queueMicrotask(() => document.getElementById(`tab-${store.side}`).focus());
}

function page() {
  return h(
    "div",
    { id: "app", "data-side": store.side },
    h(
      "nav",
      { class: "sides", role: "tablist", "aria-label": "Umbral" },
      sideTab("phone", t("phone")),
      sideTab("room", t("room")),
    ),
    store.online ? null : h("p", { class: "offline", role: "status", "data-key": "offline" }, t("offline")),
    h(
      "section",
      { id: "phone", class: "phone-side", "aria-label": t("phone"), "data-key": "phone" },
      phoneView(),
    ),
    h("main", { id: "room", class: "room-side", "aria-label": t("room"), "data-key": "room" }, roomView()),
  );
}

function draw() {
  morph(root, page());
  afterPhone();
  afterRoom();
}

document.documentElement.lang = lang;
recall();
onChange(draw);
draw();
addEventListener("hashchange", followAddress);
addEventListener("keydown", (event) => event.key === "Escape" && closeTop());
// The first event comes at once, and brings the world in.
listen(ensurePerson);
tickClock();
followAddress();
