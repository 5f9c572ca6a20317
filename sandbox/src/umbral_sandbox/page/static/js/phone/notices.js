// Toasts and alerts: what a bot answers to a press, and what went wrong.
import { Refusal } from "../api.js";
import { h } from "../dom.js";
import { change, store } from "../store.js";
import { t } from "../texts.js";

const TOAST_MS = 4000;
let timer = 0;

/** Show a short message over the chat that disappears automatically. */
export function toast(text) {
  clearTimeout(timer);
  change(() => {
    store.toast = { text };
  });
  timer = setTimeout(
    () =>
      change(() => {
        store.toast = null;
      }),
    TOAST_MS,
  );
}

/** Show the reason of a failed action. */
export const toastError = (error) =>
  toast(
    error instanceof Refusal
      ? t("refused", { reason: error.message })
      : t("failed", { error: error.message }),
  );

let pressed = null;

// Two turns: the drawing is queued by change().
const afterDrawing = (act) => queueMicrotask(() => queueMicrotask(act));

/** Show a bot's answer with show_alert until the person closes it. */
export function alertBox(text) {
  pressed = document.activeElement;
  change(() => {
    store.alert = { text };
  });
  afterDrawing(() => document.querySelector(".alert button")?.focus({ preventScroll: true }));
}

export function closeAlert() {
  change(() => {
    store.alert = null;
  });
  afterDrawing(() => pressed?.isConnected && pressed.focus({ preventScroll: true }));
}

export function notices() {
  return [
    // Keep the live region in the page, so that screen readers announce its content.
    h(
      "div",
      { class: "toast-place", role: "status", "data-key": "toast" },
      store.toast ? h("p", { class: "toast" }, store.toast.text) : null,
    ),
    store.alert
      ? h(
          "div",
          { class: "alert-cover", "data-key": "alert" },
          h(
            "div",
            { class: "alert", role: "alertdialog", "aria-modal": "true", "aria-describedby": "alert-text" },
            h("p", { id: "alert-text" }, store.alert.text),
            h("button", { class: "button main", onclick: closeAlert }, t("ok")),
          ),
        )
      : null,
  ];
}
