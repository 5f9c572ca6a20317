// Dates, spans and money as people read them.
import { lang, t } from "./texts.js";

export const locale = { es: "es-ES", en: "en-GB", pt: "pt-PT" }[lang];
const style = (options) => new Intl.DateTimeFormat(locale, options);
const CLOCK = style({ hour: "2-digit", minute: "2-digit" });
const SECONDS = style({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = style({ day: "numeric", month: "long" });
const SHORT = style({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const DATE = style({ day: "numeric", month: "short", year: "numeric" });

// A missing or odd date is shown as nothing: one strange record must not take the whole board down.
const told = (format) => (iso) =>
  Number.isNaN(new Date(iso ?? NaN).getTime()) ? "" : format.format(new Date(iso));

export const timeOf = told(CLOCK);
export const secondsOf = told(SECONDS);
export const momentOf = told(SHORT);
export const dateOf = told(DATE);

/** Return "today", "yesterday" or the date, relative to `now`. */
export function dayOf(iso, now) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(now) - midnight(iso)) / 86_400_000);
  if (days === 0) return t("today");
  return days === 1 ? t("yesterday") : told(DAY)(iso);
}

/** Format a duration in its largest unit or two: "31 d", "1 d 2 h", "5 min". */
export function spanOf(milliseconds) {
  const minutes = Math.round(Math.abs(milliseconds) / 60_000);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return rest ? `${hours} h ${rest} min` : `${hours} h`;
  return `${rest} min`;
}

/** Format money for the page's language: 29,99 €, 9,99 US$, 1500 ⭐. */
export function moneyOf(amount, currency) {
  if (amount === undefined || amount === null) return "";
  const [code, number] = [String(currency ?? "").toUpperCase(), Number(amount)];
  if (code === "XTR") return `${amount} ⭐`;
  try {
    return new Intl.NumberFormat(locale, { style: "currency", currency: code }).format(number);
  } catch {
    // Cryptocurrency codes are not ISO currencies.
    return `${new Intl.NumberFormat(locale).format(number)} ${code}`.trim();
  }
}

/** Return the two letters of an avatar. */
export function initials(name) {
  const words = String(name ?? "?")
    .replace(/[^\p{L}\p{N}\s]/gu, " ")
    .trim()
    .split(/\s+/);
  return (
    words
      .slice(0, 2)
      .map((word) => [...word][0] ?? "")
      .join("")
      .toUpperCase() || "?"
  );
}

/** Shorten a long id to its beginning and end. */
export const shortId = (id) =>
  String(id).length > 22 ? `${String(id).slice(0, 10)}…${String(id).slice(-6)}` : String(id);

const LANGUAGES = new Intl.DisplayNames(locale, { type: "language", fallback: "code" });
/** Return the name of a language by its code. */
export function languageOf(code) {
  try {
    return LANGUAGES.of(code);
  } catch {
    // The code is missing or invalid.
    return code ?? null;
  }
}

const PROVIDERS = { stripe: "Stripe", paypal: "PayPal", cryptomus: "Cryptomus", stars: "Telegram Stars" };
/** Return the brand name of a payment service. */
export const providerOf = (code) => PROVIDERS[code] ?? code;
