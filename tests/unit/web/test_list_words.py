"""Check that each column, filter and value in the console's lists and tables has a text in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

import pytest

from subscriptions.application.lists.columns import CARD, Column, Interface, Speaker
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.lists import LISTS
from tests.support.of_features import of_features
from web.console.index import ACTIONS, pages
from web.console.pages import paying, settings
from web.console.words import LANGUAGES, words_for
from web.paths import STATIC

OTHER_CELLS = {"commands", "month", "words"}
"""Kinds of cells in tables that are not lists."""
TABLES = (
    *of_features("samples", "TABLES").values(),
    paying.METHODS,
    paying.AWAITED_PAYMENTS,
    settings.COLUMNS,
)


def columns() -> Iterator[Column]:
    for model in LISTS.values():
        yield from model.columns_for(CARD)
    for table in TABLES:
        yield from table


def keys() -> Iterator[str]:
    """Yield every text key used by lists, tables, pages and actions."""
    yield from {f"column.{each.name}" for each in columns()}
    filters = [each for model in LISTS.values() for each in model.filters_for(Interface.STAFF).values()]
    for question in (*filters, *(each for more in of_features("samples", "FILTERS").values() for each in more)):
        yield f"filter.{question.name}"
        yield from (f"{question.words or 'state'}.{value.replace('.', '_')}" for value in question.fixed_values)
    for section in MenuSection:
        yield f"section.{section}"
    for page in pages():
        if page.section is not None:
            yield f"page.{page.name}"
    for name in LISTS:
        yield from (f"about.{name}", f"empty.{name}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_filter_and_value_in_console_lists_has_a_text(language: str) -> None:
    words = words_for(language)
    assert [key for key in dict.fromkeys(keys()) if not words.has(key)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_console_action_has_a_label(language: str) -> None:
    words = words_for(language)
    lacking = [
        name for name in ACTIONS if not words.has(f"action.{name}.do") and not words.has(f"chat.commands.{name}.label")
    ]
    assert lacking == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_for_the_values_of_every_console_column_exist(language: str) -> None:
    tables = {key.rpartition(".")[0] for key in words_for(language).entries}
    assert sorted({(each.name, each.words) for each in columns() if each.words and each.words not in tables}) == []


def test_every_list_column_has_an_api_type() -> None:
    for model in LISTS.values():
        for column in model.columns_for(Interface.OUTSIDE):
            assert column.reads(Interface.PROGRAMS), (model.name, column.name)
            assert column.fields(), (model.name, column.name)


def kinds(column: type[Column] = Column) -> Iterator[str]:
    """Yield the kinds of cells of a column class and its subclasses."""
    yield column.kind
    for each in column.__subclasses__():
        yield from kinds(each)


def test_style_sheet_names_only_existing_kinds_of_cells() -> None:
    """A cell has the kind of its column as its class, so a rule for any other name has no effect."""
    style = (STATIC / "css" / "console.css").read_text(encoding="utf-8")
    assert set(re.findall(r"\btd\.(\w+)", style)) - {*kinds()} == OTHER_CELLS


@pytest.mark.parametrize("language", LANGUAGES)
def test_job_error_is_shown_in_words_before_the_technical_text(language: str) -> None:
    [error] = [each for each in LISTS["jobs"].columns_for(Interface.STAFF) if each.name == "error"]
    say = cast(Speaker, words_for(language))

    def pieces(kind: str | None, message: str | None) -> list[tuple[object, str]]:
        return [(each.text, each.look) for each in error.show({"error": message, "error_kind": kind}, say)]

    refused = words_for(language)("fault.GatewayRejected")
    assert pieces("GatewayRejected", "stripe: No such price") == [
        (refused, "plain"),
        ("stripe: No such price", "below"),
    ]
    assert pieces("KeyError", "'at'") == [(words_for(language)("fault.other"), "plain"), ("KeyError: 'at'", "below")]
    assert pieces(None, None) == [("–", "quiet")]
