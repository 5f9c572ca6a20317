// Actions of the control room: done once, with their effect shown on the row where they were asked for.
import { h } from "../dom.js";
import { refresh } from "../live.js";
import { change, store } from "../store.js";
import { stateWord, t } from "../texts.js";

/** Runs an action for a row; its effect is the text `run` returns, else how the state `before` changed. */
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
  // What came afterwards is not its doing.
  effect.after ??= state;
  const [before, after] = [stateWord(effect.before), stateWord(effect.after)];
  return t(before === after ? "effect_same" : "effect", { what: effect.label, before, after });
}

/** What the last action on this row did, or nothing. */
export function effectLine(row, state) {
  const effect = store.effects.get(row);
  return effect ? h("p", { class: effect.error ? "effect bad" : "effect" }, effectText(effect, state)) : null;
}

/** The last effect for those who listen: a live region has to be there before its words are. */
export function spokenEffect() {
  const effect = store.lastEffect;
  return h(
    "p",
    { class: "unseen", role: "status" },
    effect ? (effect.error ?? `${effect.label}: ${t(effect.working ? "working" : "ok")}`) : null,
  );
}

/** A quiet button that runs an action of a row. */
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
