/* Rank search results: the reader's language first, then pages with the words in their title, then pages for owners before
   pages for developers, then references, and last the decisions and the changelog. Spanish pages search with `language=es`
   (docs/conf.py). */
const ASKED = new URLSearchParams(window.location.search);
const LANGUAGE = ASKED.get("language") === "es" ? "es" : "en";
// Sphinx knows English question words only.
for (const word of "a al como cómo con cuando cuándo cuánto de del dónde el en es la las lo los me mi para pasa por qué que se si sin su un una y".split(" "))
  stopwords.add(word);
const ROOTS = (ASKED.get("q") || "")
  .toLowerCase()
  .split(/[^\p{L}\p{N}]+/u)
  .filter((word) => word && !stopwords.has(word))
  .map((word) => word.replace(/(?:ing|es|e|s|ar|ir|er)$/, ""));
const words = (heading) => heading.toLowerCase().split(/[^\p{L}\p{N}]+/u);
const BEHIND = [
  [/^(es\/)?(index|security)$|^(architecture|internals|where|changing|writing-a-feature|adding-a-gateway|testing|sandbox|programs|database|releasing|glossary|life-cycle|operators-documents|contributing|governance|conduct)$/, 20],
  [/^(es\/)?reference\//, 30],
  [/^(adr\/|changelog)/, 200],
];
const ELSEWHERE = 1000;
const IN_TITLE = 30;

// Another search from the page of results keeps its language.
document.addEventListener("DOMContentLoaded", () => {
  if (LANGUAGE === "en") return;
  for (const form of document.querySelectorAll("form")) {
    const kept = Object.assign(document.createElement("input"), { type: "hidden", name: "language", value: LANGUAGE });
    form.append(kept);
  }
});

var Scorer = {
  score: ([page, title, , , score]) => {
    const heading = words(title.split(" > ")[0]);
    const named = ROOTS.filter((root) => heading.some((word) => word.startsWith(root))).length;
    const behind = BEHIND.find(([pages]) => pages.test(page))?.[1] ?? 0;
    const foreign = page.startsWith("es/") === (LANGUAGE === "es") ? 0 : ELSEWHERE;
    return score + IN_TITLE * named - behind - foreign;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
