// Elements by hand: build a tree with h(), then let morph() make the page look like it while keeping
// the nodes (so focus, scroll, typed text and frames survive a redraw).

const SVG = "http://www.w3.org/2000/svg";
const HANDLERS = ["onclick", "onsubmit", "oninput", "onchange", "onkeydown", "onscroll"];

/** Create an element. Props named on… are event handlers; false, null and undefined are omitted. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(
    ...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
}

/** Create a line icon from its path, hidden from assistive technology. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of [
    ["viewBox", "0 0 20 20"],
    ["class", "icon"],
    ["aria-hidden", "true"],
  ]) {
    svg.setAttribute(name, value);
  }
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

const keyOf = (node) => (node.nodeType === 1 ? node.getAttribute("data-key") : null);
const alike = (a, b) => a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

function morphAttributes(from, to) {
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const name of HANDLERS) if (from[name] !== to[name]) from[name] = to[name];
}

function morphChildren(from, to) {
  const wanted = [...to.childNodes];
  const wantedKeys = new Set(wanted.map(keyOf).filter(Boolean));
  const keyed = new Map();
  for (const node of [...from.childNodes]) {
    const key = keyOf(node);
    if (key === null) continue;
    if (wantedKeys.has(key)) keyed.set(key, node);
    else node.remove();
  }
  let cursor = from.firstChild;
  for (const next of wanted) {
    const key = keyOf(next);
    const match = key === null ? (cursor && alike(cursor, next) ? cursor : null) : keyed.get(key);
    if (!match || !alike(match, next)) from.insertBefore(next, cursor);
    else {
      if (match === cursor) cursor = cursor.nextSibling;
      else from.insertBefore(match, cursor);
      morph(match, next);
    }
  }
  while (cursor) {
    const rest = cursor.nextSibling;
    cursor.remove();
    cursor = rest;
  }
}

/** Make `from` equal to `to`, changing only what differs. */
export function morph(from, to) {
  if (from.nodeType === 3) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  morphAttributes(from, to);
  morphChildren(from, to);
}
