"""Pages that list the console's pages and the chat's commands, generated from their declarations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.commands import COMMANDS, LATE, name_of
from bot.texts import texts_for
from scripts.site_markdown import page, table
from subscriptions.application.menu import MenuSection
from web.console.index import pages
from web.console.words import words_for


@dataclass(frozen=True)
class Wording:
    """Texts around the generated parts of a page, in one language."""

    language: str
    title: str
    head: str
    columns: tuple[str, str]
    commands: str
    command_columns: tuple[str, str]


ENGLISH: Final = Wording(
    language="en",
    title="Every page of the console, every command of the chat",
    head="[En español.](/es/reference/console-pages.md) Every page of the [web console](/console.md) says at its head"
    " what it is for. Your role decides which of them you see.",
    columns=("page", "what for"),
    commands="The chat's commands",
    command_columns=("command", "does"),
)
SPANISH: Final = Wording(
    language="es",
    title="Todas las páginas de la consola y las órdenes del chat",
    head="[In English.](/reference/console-pages.md) Cada página de la [consola web](/es/console.md) dice arriba"
    " para qué es. Tu rol decide cuáles ves.",
    columns=("página", "para qué"),
    commands="Las órdenes del chat",
    command_columns=("orden", "qué hace"),
)


def console_pages(wording: Wording) -> str:
    """Return the page with every page of the console by section, followed by every command for customers."""
    return page([f"# {wording.title}", wording.head, *_sections(wording), *_commands(wording)])


def _sections(wording: Wording) -> Iterator[str]:
    words = words_for(wording.language)
    for section in MenuSection:
        listed = [each.name for each in pages() if each.section == section]
        rows = [(words(f"page.{name}"), words(about) if words.has(about := f"about.{name}") else "") for name in listed]
        yield f"## {words(f'section.{section}')}"
        yield table(wording.columns, rows)


def _commands(wording: Wording) -> Iterator[str]:
    t = texts_for(wording.language)
    yield f"## {wording.commands}"
    names = (*COMMANDS, *LATE)
    rows = [(f"`/{name_of(name, wording.language)}`", t.plain(f"chat.commands.{name}")) for name in names]
    yield table(wording.command_columns, rows)
