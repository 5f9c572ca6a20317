// The page's language: the browser's when it is one of ours, else English; ?lang=es|en|pt decides over both.
import { en, enStates } from "./texts_en.js";
import { es, esStates } from "./texts_es.js";
import { pt, ptStates } from "./texts_pt.js";

const LANGUAGES = { es: [es, esStates], en: [en, enStates], pt: [pt, ptStates] };

const asked = (new URLSearchParams(location.search).get("lang") ?? navigator.language).toLowerCase();
const spoken = asked.slice(0, 2);

export const lang = spoken in LANGUAGES ? spoken : "en";
/** Telegram language code of the visitor; Telegram has a code of its own for Brazilian Portuguese. */
export const telegramLanguage = asked === "pt-br" ? asked : lang;
const [texts, states] = LANGUAGES[lang];

/** Return the text of `key`, with {name} placeholders filled from `values`. */
export function t(key, values = {}) {
  const found = texts[key];
  const text = Array.isArray(found) ? found[values.n === 1 ? 0 : 1] : found;
  return (text ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Return the word for a state, or the state itself if it has none. */
export const stateWord = (state) => states[state] ?? String(state).replaceAll("_", " ");
