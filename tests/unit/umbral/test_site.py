"""Check the references in the documents: links, commands with their options, and the pages generated from the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from sphinx.cmd.build import build_main
from typer.core import TyperGroup
from typer.main import get_command

from bot.commands import name_of
from scripts import site_console, site_reference
from scripts.site import BESIDE, DOCS, LARGEST, REPLAY, ROOT, SHEETS, TooLarge, gather
from scripts.site_settings import ENGLISH, SPANISH, Tongue, settings
from subscriptions.bootstrap.new_settings import SECTIONS, setting_names
from subscriptions.infrastructure.environment import meaning_of
from tests.support.each_case import each_case
from tests.support.of_features import removed_commands
from tests.support.removed import REMOVED, is_removed
from umbral.cli.commands import COMMANDS, app_of
from web.console.index import pages
from web.console.words import words_for

AT_THE_TOP = ("README.md", "README.es.md", "SECURITY.md", *BESIDE)
DOCUMENTS = [*(ROOT / name for name in AT_THE_TOP), *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")

MAKE = re.compile(r"`make ([a-z-]+)")


def calls(text: str) -> list[list[str]]:
    """Return the words of every `umbral …` call in code, without `umbral` itself."""
    text = text.replace(".venv/bin/umbral ", "umbral ")
    code = re.findall(r"`(umbral [^`\n]+)`", text)
    code += [line.strip() for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    return [words(line) for line in code if line.startswith("umbral ") and not line.startswith("umbral COMMAND")]


def words(line: str) -> list[str]:
    try:
        found = shlex.split(line, comments=True)[1:]
    except ValueError:
        found = line.split()[1:]
    return found[2:] if found[:1] == ["--env-file"] else found


def unknown(call: list[str]) -> str | None:
    """Return the command or option of the call that does not exist, or None."""
    if not call or call[0].startswith("-") or call[0] in removed_commands():
        return None
    if REMOVED and call[0] == "staff":
        return None
    if call[0] not in COMMANDS:
        return call[0] if re.fullmatch("[a-z]+", call[0]) else None
    command = get_command(app_of(call[0]))
    options = {"--help", "--env-file"}
    for word in call[1:]:
        if isinstance(command, TyperGroup) and re.fullmatch("[a-z][a-z-]*", word):
            if word not in command.commands:
                return f"{call[0]} {word}"
            command = command.commands[word]
        options |= {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        option = word.strip("[]").partition("=")[0]
        if re.fullmatch("--[a-z-]+", option) and option not in options:
            return f"{call[0]} {option}"
    return None


@each_case("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_have_existing_targets(document: Path) -> None:
    targets = LINK.findall(document.read_text(encoding="utf-8"))

    made = {DOCS / sheet.PAGE for sheet in SHEETS}
    found = [(document.parent / target).resolve() for target in targets]
    assert not [path for path in found if path not in made and not path.exists() and not is_removed(str(path))]


# The changelog also names commands of the past.
@pytest.mark.parametrize(
    "document",
    [path for path in DOCUMENTS if path.name != "CHANGELOG.md"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_documented_commands_and_options_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert not [wrong for call in calls(text) if (wrong := unknown(call)) is not None]
    assert not set(MAKE.findall(text)) - targets


@pytest.mark.parametrize(
    "line", ["umbral jump", "umbral person forget 7", "umbral sweep --higher", "umbral jobs undo 7"]
)
def test_unknown_command_in_a_document_is_found(line: str) -> None:
    assert unknown(words(line)) is not None


@pytest.mark.parametrize("tongue", [ENGLISH, SPANISH], ids=lambda tongue: tongue.code)
def test_every_setting_has_a_line_in_the_reference(tongue: Tongue) -> None:
    text = settings(tongue)

    assert not [name for _, kind in SECTIONS for name in kind.names() if text.count(f"| `{name}` |") != 1]
    assert not [name for name in setting_names() if f"`{name}`" not in text]


def test_settings_are_described_in_both_languages_in_the_same_order() -> None:
    declared = {name: each for _, kind in SECTIONS for name, each in kind.names().items()}

    assert not [name for name, each in declared.items() if meaning_of(each, "es") == meaning_of(each, "en")]
    assert named(settings(SPANISH)) == named(settings(ENGLISH))


@pytest.mark.parametrize("tongue", [ENGLISH, SPANISH], ids=lambda tongue: tongue.code)
def test_every_gateway_setting_is_described(tongue: Tongue) -> None:
    assert not re.findall(r"^- `[A-Z_0-9]+`$", settings(tongue), re.MULTILINE)


def named(text: str) -> list[str]:
    """Return the names of the settings in the order of the text, with a marker at the beginning of each section."""
    return re.findall(r"^(## |\| `[A-Z_0-9]+`|- `[A-Z_0-9]+`)", text, re.MULTILINE)


def test_settings_reference_shows_no_empty_default_value() -> None:
    assert "``" not in settings(ENGLISH)


def test_every_command_has_a_section_in_the_reference() -> None:
    commands = site_reference.commands()

    assert not [name for name in COMMANDS if f"\n## umbral {name}\n" not in commands]
    assert "umbral person erase [OPTIONS]" in commands
    assert "`--yes`" in commands


def test_spanish_page_has_spanish_navigation(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "es").mkdir(parents=True)
    for name in ("conf.py", "site.css", "scorer.js"):
        (source / name).write_bytes((DOCS / name).read_bytes())
    lists = {"Operators": "other", "En español": "es/index"}
    trees = [f"```{{toctree}}\n:caption: {caption}\n\n{name}\n```\n" for caption, name in lists.items()]
    (source / "index.md").write_text("\n".join(["# Umbral\n", *trees]))
    (source / "other.md").write_text("# Other\n\n| a | b & `c` |\n|---|---|\n| one | two |\n")
    (source / "es" / "index.md").write_text("# Umbral en español\n\n## Una\n\n## Dos\n")

    assert build_main(["-Q", "-b", "html", str(source), str(tmp_path / "made")]) == 0
    english, page = ((tmp_path / "made" / name).read_text("utf-8") for name in ("index.html", "es/index.html"))
    other = (tmp_path / "made" / "other.html").read_text("utf-8")

    # The captions that group the pages, in the sidebar and in the text, are headings of some level.
    assert english.count('role="heading" aria-level="2"') == english.count('role="heading"') == 2 * len(lists)
    # Decision records rank below the pages that describe the current state.
    assert "adr" in (tmp_path / "made" / "_static" / "language_data.js").read_text("utf-8")
    assert 'lang="en"' in english
    assert "Back to top" in english
    assert 'lang="es"' in page
    assert "En esta página" in page
    assert 'placeholder="Buscar"' in page
    assert page.index('"caption-text">En español') < page.index('"caption-text">Operators')
    assert english.index('"caption-text">En español') > english.index('"caption-text">Operators')
    assert not [words for words in ("Back to top", "On this page", "Previous") if words in page]
    # On a phone, where a table is shown as cards, each cell names its column.
    assert '<td data-head="a"><p>one' in other
    assert '<td data-head="b &amp; c"><p>two' in other


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the sources of the site, without the page of the virtual year. Tests must not change them."""
    source = tmp_path_factory.mktemp("site") / "source"
    gather(source)
    return source


def test_virtual_year_page_is_linked_if_present_and_refused_if_too_large(source: Path, tmp_path: Path) -> None:
    written = tmp_path / "written.html"
    written.write_text("<title>A year</title>")
    gather(tmp_path / "with", written)
    assert f"]({REPLAY})" in (tmp_path / "with" / "index.md").read_text()
    assert (tmp_path / "with" / REPLAY).read_text() == written.read_text()

    assert REPLAY not in (source / "index.md").read_text()

    written.write_bytes(b" " * LARGEST)
    with pytest.raises(TooLarge, match=r"2\.0 MB"):
        gather(tmp_path / "large", written)


def test_screenshot_overviews_of_all_screens_are_linked_on_the_site(source: Path) -> None:
    for sheet in SHEETS:
        shown = (source / "sheets" / sheet.PAGE).read_text(encoding="utf-8")
        assert not [name for name in re.findall(r'src="([^"]+)"', shown) if not (source / "sheets" / name).exists()]
        assert f'<a href="{sheet.PAGE}">' in (source / "index.md").read_text(encoding="utf-8")
        assert f'<a href="../{sheet.PAGE}">' in (source / "es" / "index.md").read_text(encoding="utf-8")


def test_files_other_than_documents_are_mentioned_without_a_link(source: Path) -> None:
    pages = {path.name: path.read_text(encoding="utf-8") for path in source.rglob("*.md")}

    assert "](../" not in "".join(pages.values())
    assert "report weaknesses (SECURITY.md)" in pages["governance.md"]
    assert "](/architecture.md)" in pages["contributing.md"]


@pytest.mark.parametrize("wording", [site_console.ENGLISH, site_console.SPANISH], ids=lambda wording: wording.language)
def test_every_console_page_and_bot_command_has_a_line_in_the_reference(wording: site_console.Wording) -> None:
    text, words = site_console.console_pages(wording), words_for(wording.language)
    titles = [words(f"page.{each.name}") for each in pages() if each.section is not None]

    assert not [title for title in titles if f"\n| {title} | " not in text]
    assert not [name for name in ("ayuda", "recibos") if f"| `/{name_of(name, wording.language)}` | " not in text]
