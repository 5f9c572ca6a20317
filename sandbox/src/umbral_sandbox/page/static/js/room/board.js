// The parts every panel of the board is made of: panels, rows that unfold, facts, states.
import { h } from "../dom.js";
import { draw } from "../icons.js";
import { change, store } from "../store.js";
import { stateWord, t } from "../texts.js";

const GOOD = new Set(["open", "active", "trialing", "paid", "delivered", "l_live"]);
const BAD = new Set(["failed", "declined", "past_due", "unpaid", "disputed"]);
const SHOWN = 6;

const toggle = (set, key) => () => change(() => (set.has(key) ? set.delete(key) : set.add(key)));

/** Show a state as a word with a dot, red only for failures. */
export function stateBadge(state, label = stateWord(state)) {
  const tone = GOOD.has(state) ? "good" : BAD.has(state) ? "bad" : "";
  return h("span", { class: `state ${tone}` }, label);
}

/** Create a titled part of the board. */
export function panel(id, title, count, ...body) {
  return h(
    "section",
    { class: "panel", id: `panel-${id}`, "aria-labelledby": `title-${id}`, "data-key": id },
    h(
      "header",
      null,
      h("h2", { id: `title-${id}` }, title),
      count === null ? null : h("span", { class: "count" }, String(count)),
    ),
    ...body,
  );
}

/** List rows, only the first few until the reader asks for all; `empty` explains an empty list. */
export function list(name, items, empty, view) {
  if (!items.length) return h("p", { class: "empty", "data-key": `empty-${name}` }, empty);
  const whole = store.all.has(name);
  const shown = whole ? items : items.slice(0, SHOWN);
  return h(
    "div",
    { class: "list", "data-key": `list-${name}` },
    h("ul", { class: "rows" }, shown.map(view)),
    items.length > SHOWN
      ? h(
          "button",
          { class: "more", onclick: toggle(store.all, name) },
          whole ? t("seen_less") : t("seen_all", { n: items.length }),
        )
      : null,
  );
}

/** Create an expandable row: `head` is always visible, `body()` only while expanded. */
export function row(key, { title, under, side, bad }, body) {
  const open = store.opened.has(key);
  return h(
    "li",
    {
      class: bad ? "row bad" : "row",
      id: `row-${key}`,
      "data-key": key,
      "data-selected": store.selected === key && "true",
    },
    h(
      "button",
      { class: "row-head", "aria-expanded": String(open), onclick: toggle(store.opened, key) },
      h(
        "span",
        { class: "row-words" },
        h("span", { class: "row-title" }, title),
        under ? h("span", { class: "row-under" }, under) : null,
      ),
      h("span", { class: "row-side" }, side),
      draw("down"),
    ),
    open ? h("div", { class: "row-body" }, body()) : null,
  );
}

/** Show facts as a two-column list, without empty ones. */
export function facts(pairs) {
  const told = pairs.filter(
    ([, value]) =>
      value !== null && value !== undefined && value !== "" && !(Array.isArray(value) && !value.length),
  );
  return h(
    "dl",
    { class: "facts" },
    told.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)]),
  );
}

/** Join nodes with commas. */
export const commas = (nodes) => nodes.flatMap((node, index) => (index ? [", ", node] : [node]));
