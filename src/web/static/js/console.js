// Opens the search by the key "/", unless something is being typed.
document.addEventListener("keydown", (event) => {
  const at = document.activeElement;
  const isTyped = at && (at.matches("input, textarea, select") || at.isContentEditable);
  const field = document.getElementById("find");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyped || !field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// Brings the current tab into view, where the tabs scroll sideways.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Formats a text by buttons, and shows it as Telegram does. The tags are those of core.telegram.org/bots/api#html-style.
const TAGS = new Set(["a", "b", "blockquote", "code", "i", "pre", "s", "tg-spoiler", "u"]);

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      to.append(node.data);
      continue;
    }
    const tag = node.nodeName.toLowerCase();
    const piece = document.createElement("span");
    if (TAGS.has(tag)) piece.className = `as-${tag}`;
    copy(node, piece);
    to.append(piece);
  }
}

for (const bar of document.querySelectorAll("[data-marks]")) {
  const field = document.getElementById(bar.dataset.marks);
  const shown = document.querySelector(`[data-shown="${bar.dataset.marks}"]`);
  const bubble = shown.querySelector(".bubble");
  const buttons = [...bar.querySelectorAll("button")];
  const show = () => {
    bubble.replaceChildren();
    // A parsed document is inert: none of its scripts run and nothing is loaded.
    copy(new DOMParser().parseFromString(`<body>${field.value}`, "text/html").body, bubble);
    shown.hidden = !field.value.trim();
  };
  const wrap = (tag) => {
    const { selectionStart: start, selectionEnd: end, value } = field;
    const address = tag === "a" ? window.prompt(bar.dataset.address, "https://") : "";
    if (address === null) return;
    const href = address.replace(/&/g, "&amp;").replace(/"/g, "&quot;");
    const opening = tag === "a" ? `<a href="${href}">` : `<${tag}>`;
    field.setRangeText(`${opening}${value.slice(start, end)}</${tag}>`, start, end, "end");
    if (start === end) field.setSelectionRange(start + opening.length, start + opening.length);
    field.focus();
    show();
  };
  for (const [index, button] of buttons.entries()) {
    button.tabIndex = index ? -1 : 0;
    button.addEventListener("click", () => wrap(button.dataset.tag));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = buttons[(index + step + buttons.length) % buttons.length];
      for (const each of buttons) each.tabIndex = each === next ? 0 : -1;
      next.focus();
    });
  }
  field.addEventListener("input", show);
  bar.hidden = false;
  show();
}

// On a phone, shows the tab of this page although the tabs are wider than the screen.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const tabs = tab.closest("ul");
  tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
}

// Refuses a file that is too large before it is sent.
for (const input of document.querySelectorAll("input[data-most]")) {
  input.addEventListener("change", () => {
    const file = input.files[0];
    input.setCustomValidity(file && file.size > Number(input.dataset.most) ? input.dataset.big : "");
    input.reportValidity();
  });
}

// Looks again soon, while something is on its way.
if (document.querySelector("[data-soon]")) setTimeout(() => window.location.reload(), 2000);
