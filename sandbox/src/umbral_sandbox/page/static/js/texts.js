// The page's language: the browser's when it is one of ours, else English; ?lang=es|en|pt decides over both.
import { en, enStates } from "./texts_en.js";
import { es, esStates } from "./texts_es.js";
import { pt, ptStates } from "./texts_pt.js";

const LANGUAGES = { es: [es, esStates], en: [en, enStates], pt: [pt, ptStates] };

const asked = (new URLSearchParams(location.search).get("lang") ?? navigator.language).toLowerCase();
const spoken = asked.slice(0, 2);

export const lang = spoken in LANGUAGES ? spoken : "en";
/** The language of the visitor's Telegram, as it would tell a bot: Brazil's Portuguese is one of its own there. */
export const telegramLanguage = asked === "pt-br" ? asked : lang;
const [texts, states] = LANGUAGES[lang];

/** The text called `key` with {name} places filled from `values`. */
export function t(key, values = {}) {
  const found = texts[key];
  const text = Array.isArray(found) ? found[values.n === 1 ? 0 : 1] : found;
  return (text ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** A state's word, or the state itself where none is known. */
export const stateWord = (state) => states[state] ?? String(state).replaceAll("_", " ");
