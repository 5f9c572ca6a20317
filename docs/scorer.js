/* What is looked for is told by a page, then by what names every word, and by decisions and the changelog last. The other
   figures are Sphinx's own. */
const BEHIND = [
  [/^(es\/)?reference\/|^(asvs|changing|mutants|operators-documents|performance|rivals)$/, 30],
  [/^(adr\/|changelog)/, 200],
];

var Scorer = {
  score: ([page, , , , score]) => score - (BEHIND.find(([pages]) => pages.test(page))?.[1] ?? 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
