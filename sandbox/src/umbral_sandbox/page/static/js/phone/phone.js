// The phone: whose it is, and what is on its screen.
import { h } from "../dom.js";
import { personOf, store } from "../store.js";
import { chatList } from "./chat_list.js";
import { chatView, keepAtEnd } from "./chat_view.js";
import { notices } from "./notices.js";
import { t } from "../texts.js";
import { peopleTabs } from "./people.js";
import { sheetView } from "./sheet_view.js";

// Nothing can be tapped before somebody holds the phone.
function screen() {
  if (!store.loaded) return h("p", { class: "starting", role: "status" }, t("starting"));
  if (!personOf(store.person)) return null;
  return store.peer === null ? chatList() : chatView();
}

export function phoneView() {
  const covered = store.sheet !== null || store.alert !== null;
  return [
    peopleTabs(),
    h(
      "div",
      { id: "device", class: "device" },
      h("div", { class: "under", inert: covered }, screen()),
      sheetView(),
      notices(),
    ),
  ];
}

export const afterPhone = keepAtEnd;
