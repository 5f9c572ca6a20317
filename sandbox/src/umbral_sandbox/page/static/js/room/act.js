// Actions of the control room: done once, with their effect shown on the row where they were asked for.
import { h } from "../dom.js";
import { refresh } from "../live.js";
import { change, store } from "../store.js";
import { stateWord, t } from "../texts.js";

/** Run an action of a row. Its effect is the text that `run` returns, or else the change from the state `before`. */
export async function act(row, label, run, before) {
  if (store.busy.has(row)) return;
  change(() => store.busy.add(row));
  tell(row, { label, working: true });
  try {
    const told = await run();
    await refresh();
    tell(row, { label, before, text: typeof told === "string" ? told : undefined });
  } catch (error) {
    tell(row, { error: error.message });
  }
  change(() => store.busy.delete(row));
}

function tell(row, effect) {
  change(() => {
    store.effects.set(row, effect);
    store.lastEffect = effect;
  });
}

function effectText(effect, state) {
  if (effect.error) return t("failed", { error: effect.error });
  if (effect.working) return t("working");
  if (effect.text) return effect.text;
  if (effect.before === undefined) return t("done", { what: effect.label });
  // Keep the first state after the action; later changes have other causes.
  effect.after ??= state;
  const [before, after] = [stateWord(effect.before), stateWord(effect.after)];
  return t(before === after ? "effect_same" : "effect", { what: effect.label, before, after });
}

/** Return the effect of the last action on this row, or null. */
export function effectLine(row, state) {
  const effect = store.effects.get(row);
  return effect ? h("p", { class: effect.error ? "effect bad" : "effect" }, effectText(effect, state)) : null;
}

/** Return the last effect for screen readers: a live region must exist before its text is set. */
export function spokenEffect() {
  const effect = store.lastEffect;
  return h(
    "p",
    { class: "unseen", role: "status" },
    effect ? (effect.error ?? `${effect.label}: ${t(effect.working ? "working" : "ok")}`) : null,
  );
}

/** Create a secondary button that runs an action of a row. */
export const actionButton = (row, label, run, before, main = false) =>
  h(
    "button",
    {
      class: main ? "button main" : "button",
      disabled: store.busy.has(row),
      onclick: () => act(row, label, run, before),
    },
    label,
  );
