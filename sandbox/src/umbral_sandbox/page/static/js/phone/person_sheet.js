// Somebody new to play.
import { h } from "../dom.js";
import { freshName } from "../names.js";
import { store } from "../store.js";
import { t, telegramLanguage } from "../texts.js";
import { toastError } from "./notices.js";
import { createPerson } from "./people.js";
import { closeSheet } from "./sheets.js";

async function submit(event) {
  event.preventDefault();
  const { name, username, language } = event.currentTarget.elements;
  const person = { first_name: name.value.trim() || freshName(store.people), language_code: language.value };
  if (username.value.trim()) person.username = username.value.trim().replace(/^@/, "");
  const own = store.sheet;
  try {
    await createPerson(person);
    // Keep a sheet that was opened meanwhile.
    if (store.sheet === own) closeSheet();
  } catch (error) {
    toastError(error);
  }
}

const field = (label, control) => h("label", { class: "field" }, h("span", null, label), control);
const choice = (code, label) => h("option", { value: code, selected: code === telegramLanguage }, label);

export function personSheet() {
  return h(
    "form",
    { class: "sheet-body", onsubmit: submit },
    field(
      t("name"),
      h("input", {
        name: "name",
        placeholder: freshName(store.people),
        autocomplete: "off",
        maxlength: "64",
      }),
    ),
    field(
      t("username"),
      h("input", {
        name: "username",
        autocomplete: "off",
        maxlength: "32",
        pattern: "@?[A-Za-z][A-Za-z0-9_]{3,31}",
      }),
    ),
    field(
      t("language"),
      h(
        "select",
        { name: "language" },
        choice("es", t("spanish")),
        choice("en", t("english")),
        choice("pt", t("portuguese")),
        choice("pt-br", t("brazilian")),
      ),
    ),
    h("button", { class: "button main wide" }, t("create")),
  );
}
