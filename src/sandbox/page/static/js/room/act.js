// Actions of the control room: done once, with their effect shown on the row where they were asked for.
import { h } from "../dom.js";
import { refresh } from "../live.js";
import { change, store } from "../store.js";
import { stateWord, t } from "../texts.js";

/** Runs an action for a row; `before` is the row's state now, to tell what changed. */
export async function act(row, label, run, before) {
  if (store.busy.has(row)) return;
  change(() => {
    store.busy.add(row);
    store.effects.set(row, { label, working: true });
  });
  try {
    await run();
    await refresh();
    change(() => store.effects.set(row, { label, before }));
  } catch (error) {
    change(() => store.effects.set(row, { error: error.message }));
  }
  change(() => store.busy.delete(row));
}

function effectText(effect, state) {
  if (effect.error) return t("failed", { error: effect.error });
  if (effect.working) return t("working");
  if (effect.before === undefined) return t("done", { what: effect.label });
  const [before, after] = [stateWord(effect.before), stateWord(state)];
  return t(before === after ? "effect_same" : "effect", { what: effect.label, before, after });
}

/** What the last action on this row did; a live region, so that it is heard too. */
export function effectLine(row, state) {
  const effect = store.effects.get(row);
  return h("p", { class: effect?.error ? "effect bad" : "effect", role: "status" }, effect ? effectText(effect, state) : null);
}

/** A quiet button that runs an action of a row. */
export const actionButton = (row, label, run, before, main = false) =>
  h("button", { class: main ? "button main" : "button", disabled: store.busy.has(row), onclick: () => act(row, label, run, before) }, label);
