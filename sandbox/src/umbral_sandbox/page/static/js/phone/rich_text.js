// Message text with its formatting, built from text nodes only: what a person typed is never markup.
import { h } from "../dom.js";
import { locale } from "../format.js";
import { openLink } from "./links.js";

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};
const OWN = { text_link: true, date_time: true };
const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)»\]]|\/[a-z_]{2,32}(?=\s|$)/g;

const anchor = (url, label) =>
  h(
    "a",
    {
      href: url,
      target: "_blank",
      rel: "noopener",
      onclick: (event) => {
        event.preventDefault();
        openLink(url);
      },
    },
    label,
  );

function plain(text, onCommand) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const found = match[0];
    const startsWord = match.index === 0 || /\s/.test(text[match.index - 1]);
    if (found.startsWith("/") && (!onCommand || !startsWord)) continue;
    parts.push(text.slice(at, match.index));
    parts.push(
      found.startsWith("/")
        ? h("button", { class: "command", type: "button", onclick: () => onCommand(found) }, found)
        : anchor(found, found),
    );
    at = match.index + found.length;
  }
  return [...parts, text.slice(at)];
}

/** Return nodes for `text` with Bot API `entities` (offsets in UTF-16 units, as in JavaScript strings). */
export function richText(text, entities = [], onCommand = null) {
  const known = entities.filter((entity) => TAGS[entity.type] || OWN[entity.type]);
  return range(
    text,
    0,
    text.length,
    [...known].sort((a, b) => a.offset - b.offset || b.length - a.length),
    onCommand,
  );
}

function range(text, from, to, entities, onCommand) {
  const nodes = [];
  let at = from;
  let rest = entities;
  while (rest.length) {
    const [first, ...others] = rest;
    const end = Math.min(first.offset + first.length, to);
    const inside = others.filter((entity) => entity.offset < end);
    rest = others.filter((entity) => entity.offset >= end);
    nodes.push(...plain(text.slice(at, first.offset), onCommand));
    nodes.push(
      wrap(
        first,
        text,
        range(text, first.offset, end, inside, first.type === "text_link" ? null : onCommand),
      ),
    );
    // A quotation is a block, which already ends the line.
    at = TAGS[first.type] === "blockquote" && end < to && text[end] === "\n" ? end + 1 : end;
  }
  return [...nodes, ...plain(text.slice(at, to), onCommand)];
}

const LENGTHS = { d: "short", D: "long", t: "short", T: "medium" };
const styleOf = (format, signs) => LENGTHS[[...format].find((sign) => signs.includes(sign))];

/** Format a date in the reader's time zone, as Telegram does; without a format, return the original text. */
function momentOf(entity, written) {
  const format = entity.date_time_format ?? "";
  const at = new Date(entity.unix_time * 1000);
  const attributes = { datetime: at.toISOString(), title: written };
  if (!format || format.toLowerCase() === "r") return h("time", attributes, written);
  const styles = { dateStyle: styleOf(format, "dD"), timeStyle: styleOf(format, "tT") };
  const weekday = /w/i.test(format) ? new Intl.DateTimeFormat(locale, { weekday: "short" }).format(at) : "";
  const moment =
    styles.dateStyle || styles.timeStyle ? new Intl.DateTimeFormat(locale, styles).format(at) : "";
  return h("time", attributes, [weekday, moment].filter(Boolean).join(", "));
}

function wrap(entity, text, children) {
  const written = text.slice(entity.offset, entity.offset + entity.length);
  if (entity.type === "date_time") return momentOf(entity, written);
  if (entity.type !== "text_link") return h(TAGS[entity.type], null, children);
  return anchor(entity.url, written);
}
