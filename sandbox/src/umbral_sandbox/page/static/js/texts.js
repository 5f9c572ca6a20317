// The page's language: the browser's when it is Spanish, else English; ?lang=es|en decides over both.
import { en, enStates } from "./texts_en.js";
import { es, esStates } from "./texts_es.js";

const asked = new URLSearchParams(location.search).get("lang") ?? navigator.language;

export const lang = asked.toLowerCase().startsWith("es") ? "es" : "en";
const texts = lang === "es" ? es : en;

/** The text called `key` with {name} places filled from `values`. */
export function t(key, values = {}) {
  const found = texts[key];
  const text = Array.isArray(found) ? found[values.n === 1 ? 0 : 1] : found;
  return (text ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** A state's word, or the state itself where none is known. */
export const stateWord = (state) =>
  (lang === "es" ? esStates : enStates)[state] ?? String(state).replaceAll("_", " ");
