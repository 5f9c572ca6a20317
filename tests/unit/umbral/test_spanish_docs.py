"""Check that the Spanish documents have the sections, commands, code blocks and settings of the English ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from scripts.site import DOCS
from scripts.site_reference import reference

PAGES: Final = frozenset(path.name for path in (DOCS / "es").glob("*.md")) - {"index.md"}
"""Pages for owners, which exist in both languages."""
HOME: Final = "index.md"
"""First page of the documents. The Spanish first page links only to owners' pages."""
FOR_OWNERS: Final = re.compile(r":caption: Your (?:shop|server)\n(?::glob:\n)?:maxdepth: 1\n\n(.+?)\n```", re.DOTALL)
FEATURES: Final = sorted((DOCS.parent / "src/features").glob("*/docs.md"))
"""English pages of features, each next to its Spanish version."""
_FENCE: Final = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_HEADING: Final = re.compile(r"^(#+) (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """Section under one heading."""

    level: int
    title: str
    text: str

    @property
    def blocks(self) -> list[str]:
        """Code blocks to copy into a terminal or a file, without comments."""
        return [re.sub(r"[ ]*#.*", "", block) for block in _FENCE.findall(self.text)]

    @property
    def commands(self) -> set[str]:
        """Return every `umbral …` command in the text, including its subcommand."""
        said = re.findall(r"`umbral ([a-z][a-z -]*[a-z])", " ".join(_FENCE.sub("", self.text).split()))
        return {" ".join(re.split(r" (?=-)", each)[0].split()[:2]) for each in said}

    @property
    def tables(self) -> list[int]:
        """Return the number of lines of each table, with its header."""
        return [len(table.splitlines()) for table in re.findall(r"(?:^\|.*\n?)+", self.text, re.MULTILINE)]

    @property
    def figures(self) -> set[str]:
        """Return every number outside code, with the same value for 1,000 and 1.000, and for 0.5 and 0,5."""
        plain = re.sub(r"`[^`]*`|\]\([^)]*\)", " ", _FENCE.sub("", self.text))
        return set(re.findall(r"\d+", re.sub(r"(?<=\d)[.,](?=\d)", "", plain)))

    @property
    def settings(self) -> set[str]:
        """Return the names of settings in code."""
        return set(re.findall(r"`([A-Z][A-Z_]+_[A-Z_]+)", self.text))


def parts(path: Path) -> list[Part]:
    """Split a document at its headings."""
    text = path.read_text(encoding="utf-8")
    bare = _FENCE.sub(lambda block: re.sub(r"(?m)^#", " ", block[0]), text)
    found = list(_HEADING.finditer(bare))
    ends = [each.start() for each in found[1:]] + [len(bare)]
    return [Part(len(each[1]), each[2], text[each.end() : end]) for each, end in zip(found, ends, strict=True)]


def test_every_spanish_page_has_an_english_page() -> None:
    assert not [name for name in PAGES if not (DOCS / name).exists()]


def test_spanish_home_page_links_to_every_spanish_page() -> None:
    home = (DOCS / "es" / HOME).read_text(encoding="utf-8")
    pages = {path.name for path in (DOCS / "es").glob("*.md")} - {HOME}
    generated = {name for name in reference() if name.startswith("es/")}

    assert not [name for name in pages if f"]({name})" not in home or f"\n{Path(name).stem}\n" not in home]
    assert not [
        name
        for name in generated
        if f"<{(stem := name.removeprefix('es/').removesuffix('.md'))}>" not in home or f"\n{stem}\n" not in home
    ]


def test_every_owner_page_exists_in_spanish() -> None:
    listed = FOR_OWNERS.findall((DOCS / HOME).read_text(encoding="utf-8"))
    assert len(listed) == 2

    owners = {f"{name}.md" for group in listed for name in group.split()}
    assert owners - {"features/*.md"} == PAGES - {"security.md"}


@pytest.mark.parametrize("name", sorted({*PAGES, HOME}))
def test_translations_link_to_each_other(name: str) -> None:
    english, spanish = ((folder / name).read_text(encoding="utf-8") for folder in (DOCS, DOCS / "es"))

    assert english.split("\n\n")[1].startswith(f"[En español.](es/{name}) ")
    assert spanish.split("\n\n")[1].startswith(f"[In English.](../{name}) ")


@pytest.mark.parametrize("page", FEATURES, ids=lambda page: page.parent.name)
def test_translations_of_a_feature_page_link_to_each_other(page: Path) -> None:
    english, spanish = (each.read_text(encoding="utf-8") for each in (page, page.with_name("docs.es.md")))

    assert english.split("\n\n")[1].startswith("[En español.](docs.es.md) ")
    assert spanish.split("\n\n")[1].startswith("[In English.](docs.md) ")


@pytest.mark.parametrize("page", FEATURES, ids=lambda page: page.parent.name)
def test_translations_of_a_feature_page_have_the_same_sections(page: Path) -> None:
    assert_alike(parts(page), parts(page.with_name("docs.es.md")))


@pytest.mark.parametrize("name", sorted(PAGES))
def test_translations_have_the_same_sections_and_commands(name: str) -> None:
    english = parts(DOCS / name)
    assert_alike(english, parts(DOCS / "es" / name))


def assert_alike(english: list[Part], spanish: list[Part]) -> None:
    """Assert that the English and the Spanish parts have the same heading levels, blocks, commands, tables and figures,
    and that the Spanish parts name no additional setting.
    """
    assert [part.level for part in spanish] == [part.level for part in english]
    for ours, theirs in zip(spanish, english, strict=True):
        where = f"{ours.title} / {theirs.title}"
        assert ours.blocks == theirs.blocks, where
        assert ours.commands == theirs.commands, where
        assert ours.tables == theirs.tables, where
        assert ours.figures == theirs.figures, where
        assert ours.settings <= theirs.settings, where


def test_readmes_have_the_same_figures_and_commands() -> None:
    english, spanish = (Part(0, "", (DOCS.parent / name).read_text("utf-8")) for name in ("README.md", "README.es.md"))

    assert spanish.figures == english.figures
    assert spanish.commands == english.commands
    assert len(spanish.blocks) == len(english.blocks)
