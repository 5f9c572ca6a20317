"""`make docs`: build the documentation site offline into site/, with every setting, command and route taken from the
code.

The documents remain Markdown that can be read in the repository. They are copied together with the generated pages, and
Sphinx fails if a link or heading is missing. The page of the virtual year that `make replay SEED=1` has written is kept
in the site, and the site's first page links to it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from sphinx.cmd.build import build_main

from scripts import contact_sheet, panel_sheet
from scripts.site_reference import reference

ROOT: Final = Path(__file__).parent.parent
DOCS: Final = ROOT / "docs"
BESIDE: Final[dict[str, str]] = {
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "conduct.md",
    "CONTRIBUTING.md": "contributing.md",
    "sandbox/README.md": "sandbox.md",
}
"""Documents elsewhere in the repository, mapped to their names on the site."""
_OF_FEATURES: Final = {"docs.md": "features/{}.md", "docs.es.md": "es/features/{}.md"}
BESIDE |= {
    str(page.relative_to(ROOT)): name.format(page.parent.name)
    for origin, name in _OF_FEATURES.items()
    for page in sorted((ROOT / "src/features").glob(f"*/{origin}"))
}
EVIDENCE: Final = frozenset(
    {
        *("asvs.md", "gateways.md", "impatient.md", "leaks.md", "live.md", "mutants.md"),
        *("performance.md", "reliability.md", "scaling.md", "tested.md"),
    }
)
"""Documents about how Umbral was tested. The site mentions them but does not include them; they remain in the
repository.
"""
SHEETS: Final = (contact_sheet, panel_sheet)
"""Modules that write the pages with all screens. These pages are part of the site but not of the repository."""
REPLAY: Final = "replay-1.html"
"""Name of the file that `make replay SEED=1` writes."""
LARGEST: Final = 2_000_000
_SHEETS: Final = "See [everything the bot says](chat.html) and [the operator's panel](admin.html)."
_YEAR: Final = f"[A virtual year of it]({REPLAY}), hour by hour: channels, money, and each person's story."
_LINK: Final = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]*)(#[^)\s]*)?\)")


class TooLarge(Exception):
    """Raised if the replay's page would take too long to load."""


def main() -> int:
    """Return the exit status: 1 if a link is broken, which Sphinx reports."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--into", type=Path, default=ROOT / "site", help="made anew, with all that is in it")
    into = asked.parse_args().into
    written = into / REPLAY
    try:
        made = build(into, replay=written if written.exists() else None)
    except TooLarge as error:
        print(error, file=sys.stderr)
        return 1
    if made == 0:
        print(into / "index.html")
    return made


def build(into: Path, form: str = "html", replay: Path | None = None) -> int:
    """Build the site and return Sphinx's exit status. The target folder is replaced only by a complete site. Raise
    TooLarge if the replay's page is too large.

    form: Sphinx's builder.
    replay: page of a virtual year to which the site links.
    """
    with tempfile.TemporaryDirectory(prefix="umbral-site-") as scratch:
        source, made = Path(scratch) / "source", Path(scratch) / "made"
        gather(source, replay)
        status = int(build_main(["-q", "-W", "--keep-going", "-b", form, str(source), str(made)]))
        if status == 0:
            shutil.rmtree(made / ".doctrees", ignore_errors=True)
            shutil.rmtree(into, ignore_errors=True)
            shutil.copytree(made, into)
    return status


def gather(source: Path, replay: Path | None = None) -> None:
    """Copy all source files of the site into one folder. Raise TooLarge if the replay's page is too large."""
    shutil.copytree(DOCS, source, ignore=shutil.ignore_patterns(*EVIDENCE))
    if replay is not None:
        _lead_to(replay, source)
    for sheet in SHEETS:
        sheet.write(source / "sheets")
    for origin, name in BESIDE.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text((ROOT / origin).read_text(encoding="utf-8"), encoding="utf-8")
    for name, text in reference().items():
        page = source / name
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, encoding="utf-8")
    homes = {source / name: (ROOT / origin).parent for origin, name in BESIDE.items()}
    for page in source.rglob("*.md"):
        home = homes.get(page, DOCS / page.relative_to(source).parent)
        page.write_text(_on_the_site(page, home, source), encoding="utf-8")


def _lead_to(replay: Path, source: Path) -> None:
    if (size := replay.stat().st_size) >= LARGEST:
        raise TooLarge(f"{replay} has {size / 1e6:.1f} MB; a page of the site has less than {LARGEST / 1e6:.0f}")
    shutil.copyfile(replay, source / REPLAY)
    front = source / "index.md"
    text = front.read_text(encoding="utf-8")
    front.write_text(text.replace(_SHEETS, f"{_SHEETS}\n{_YEAR}", 1), encoding="utf-8")


def _on_the_site(page: Path, home: Path, source: Path) -> str:
    """Return a document with its links converted for the site. home: the document's folder in the repository.

    Links to scripts and folders become plain text, because readers of the site do not have the repository.
    """

    def moved(match: re.Match[str]) -> str:
        picture, words, target, heading = match.groups(default="")
        if not target or ":" in target:
            return match[0]
        path = (home / target).resolve()
        if path.parent == DOCS and path.name in {sheet.PAGE for sheet in SHEETS}:
            # Link to the page as HTML, because Sphinx would otherwise offer the page as a download.
            return f'<a href="{os.path.relpath(path, home)}">{words}</a>'
        if not path.is_relative_to(ROOT) or not path.exists():
            return match[0]
        file = path.relative_to(ROOT)
        if str(file) in BESIDE:
            return f"[{words}](/{BESIDE[str(file)]}{heading})"
        if path.is_relative_to(DOCS) and path.is_file() and str(path.relative_to(DOCS)) not in EVIDENCE:
            return f"{picture}[{words}](/{path.relative_to(DOCS)}{heading})"
        return words if words.strip("`") == str(file) else f"{words} (`{file}`)"

    return _LINK.sub(moved, page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
