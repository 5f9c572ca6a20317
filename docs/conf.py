"""Sphinx configuration of the documentation site, used by `make docs`."""

import re
from pathlib import Path
from typing import Any

project = "Umbral"
extensions = ["myst_parser"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "Umbral"
# The contact sheets of the bot's screens are separate pages, built with the site: scripts/site.py.
html_extra_path = ["sheets"]
# The replay of the virtual year, if it was built: scripts/site.py.
html_extra_path += [each.name for each in Path(__file__).parent.glob("replay-*.html")]
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5f66", "color-brand-content": "#0b5f66"},
    "dark_css_variables": {"color-brand-primary": "#4fb8c1", "color-brand-content": "#4fb8c1"},
}
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False

# The theme's labels in Spanish, because Sphinx supports one language per site.
SPANISH = {
    "Back to top": "Volver arriba",
    "Next": "Siguiente",
    "Previous": "Anterior",
    "Home": "Inicio",
    "On this page": "En esta página",
    "Search": "Buscar",
}

SEARCHED = '<input type="hidden" name="area" value="default">'
"""Last field of a page's search form."""
IN_SPANISH = '<input type="hidden" name="language" value="es">'
MOVED = re.compile('<div class="table-wrapper[^"]*"|<pre(?=>)')
"""Elements that may be wider than a phone."""
TABLE = re.compile("<table.*?</table>", re.DOTALL)
HEAD = re.compile('<th class="head[^>]*>(.*?)</th>', re.DOTALL)


def setup(app: Any) -> None:
    """Connect the handlers, which make pages below es/ Spanish for readers, screen readers and search engines."""
    # Runs after the theme, which renders the list of pages.
    app.connect("html-page-context", _in_its_language, priority=900)
    app.connect("html-page-context", _name_cells)
    app.connect("html-page-context", _mend_places, priority=900)
    app.connect("build-finished", _ask_in_its_language)


def _ask_in_its_language(app: Any, failure: Exception | None) -> None:
    """Let the search form of a Spanish page rank Spanish pages first: scorer.js."""
    if failure is None and app.builder.format == "html":
        for page in Path(app.outdir).glob("es/**/*.html"):
            text = page.read_text(encoding="utf-8")
            page.write_text(text.replace(SEARCHED, f"{SEARCHED}{IN_SPANISH}"), encoding="utf-8")


def _mend_places(_app: Any, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """Give the captions of page lists a heading level, and make scrollable elements reachable by keyboard."""
    for part in ("body", "furo_navigation_tree"):
        context[part] = (context.get(part) or "").replace('role="heading"', 'role="heading" aria-level="2"')
    context["body"] = MOVED.sub(r'\g<0> tabindex="0"', context["body"])


def _name_cells(_app: Any, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """Add the column's heading to each cell for phones, which have no room for the table head: site.css."""
    context["body"] = TABLE.sub(_named, context.get("body") or "")


def _named(table: re.Match[str]) -> str:
    heads = [re.sub("<[^>]*>", "", head).strip() for head in HEAD.findall(table[0])]

    def named(row: re.Match[str]) -> str:
        places = iter(heads)
        return re.sub("<td(?=[ >])", lambda _: f'<td data-head="{next(places, "")}"', row[0])

    return re.sub("<tr.*?</tr>", named, table[0], flags=re.DOTALL)


def _in_its_language(_app: Any, page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    if page.startswith("es/"):
        # `_` in a template uses this `gettext` in preference to Sphinx's.
        context.update(language="es", gettext=lambda text: SPANISH.get(text, text))
        # The pages in the reader's language are listed first.
        parts = re.split('(?=<p class="caption")', context.get("furo_navigation_tree", ""))
        context["furo_navigation_tree"] = "".join(sorted(parts, key=lambda part: "En español" not in part))
