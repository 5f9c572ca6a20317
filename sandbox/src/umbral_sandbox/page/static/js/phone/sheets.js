// What slides over the phone: at most one sheet, closed by Escape, focus back to where it was.
import { change, store } from "../store.js";
import { closeAlert } from "./notices.js";

let opener = null;

/** Show a sheet: {kind: "app"|"checkout"|"join"|"stars"|"person"|"forward", …}. */
export function openSheet(sheet) {
  opener = document.activeElement;
  change(() => {
    store.sheet = sheet;
    store.menu = null;
    store.side = "phone";
  });
  // Two microtasks: change() queues the rendering in the first.
  queueMicrotask(() =>
    queueMicrotask(() => document.querySelector(".sheet")?.focus({ preventScroll: true })),
  );
}

export function closeSheet() {
  change(() => {
    store.sheet = store.sheet?.under ?? null;
  });
  queueMicrotask(() => queueMicrotask(() => opener?.isConnected && opener.focus()));
}

/** On Escape, close the topmost overlay of the phone. */
export function closeTop() {
  if (store.alert) closeAlert();
  else if (store.menu)
    change(() => {
      store.menu = null;
    });
  else if (store.sheet) closeSheet();
}
