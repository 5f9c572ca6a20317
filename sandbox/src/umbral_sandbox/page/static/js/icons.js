// Line icons on a 20 × 20 grid.
import { icon } from "./dom.js";

const PATHS = {
  back: "M12 4 6 10l6 6",
  close: "M5 5l10 10M15 5 5 15",
  plus: "M10 4v12M4 10h12",
  send: "M4 10h11M10 5l5 5-5 5",
  menu: "M10 4.6v.8M10 9.6v.8M10 14.6v.8",
  commands: "M12.5 4l-5 12",
  pin: "M7 3h6l-1 6 3 3H5l3-3-1-6ZM10 12v5",
  out: "M8 4H4v12h12v-4M11 4h5v5M16 4l-7 7",
  copy: "M7 7h9v9H7zM4 13V4h9",
  forward: "M11 5l5 5-5 5M16 10H9a5 5 0 0 0-5 5",
  down: "M5 8l5 5 5-5",
  card: "M3 5h14v10H3zM3 9h14",
  check: "M4 10.5l4 4 8-9",
};

/** Create an element for the named icon. */
export const draw = (name) => icon(PATHS[name]);
