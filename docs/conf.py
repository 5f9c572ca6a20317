"""How Sphinx makes the site of these documents; `make docs` calls it."""

from pathlib import Path

project = "Umbral"
extensions = ["myst_parser"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "Umbral"
# The sheets of all that the bot says are pages of their own.
html_extra_path = ["chat.html", "admin.html"]
# The virtual year, where it was written: scripts/site.py.
html_extra_path += [each.name for each in Path(__file__).parent.glob("replay-*.html")]
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5f66", "color-brand-content": "#0b5f66"},
    "dark_css_variables": {"color-brand-primary": "#4fb8c1", "color-brand-content": "#4fb8c1"},
}
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
