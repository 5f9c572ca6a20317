"""Check that labels, alarms, defaults and webhook events in the documentation match the code, and that pages are not
too long.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from scripts.site import DOCS, ROOT
from scripts.site_alarms import declared
from subscriptions.bootstrap.new_settings import SECTIONS
from subscriptions.infrastructure.payments.paypal import translate as paypal
from subscriptions.infrastructure.payments.stripe import translate as stripe
from tests.support.each_case import each_case
from tests.support.removed import of_all_features
from tests.unit.umbral.test_spanish_docs import FEATURES, HOME, PAGES

LONGEST: Final = 1_200
"""Maximum number of words of one page, tables and commands included."""
OWNERS_MOST: Final = 19_700
"""Maximum number of words of all English owner pages, without security pages, whose sentences each have a test."""
KEPT: Final = frozenset({"security.md"})
BOLD: Final = re.compile(r"\*\*([^*\n]+)\*\*")
MARKED: Final = frozenset({"Telegram's rules.", "Providers and betting tips.", "payment"})
MARCADAS: Final = frozenset({"Las reglas de Telegram.", "Los proveedores y los pronósticos.", "pagos"})
"""Words in bold that are not labels of the product."""
SECURITY: Final = frozenset(path.parent.name for path in (ROOT / "tests/features").glob("*/security_claims.toml"))
"""Features whose page contains security claims, each sentence with its test."""
FOR_PROGRAMMERS: Final = frozenset({"webhooks"})
"""Features whose page is for programmers."""
SHORT_FEATURES: Final = [page for page in FEATURES if page.parent.name not in SECURITY | FOR_PROGRAMMERS]
OWNER_PAGES: Final = [DOCS / name for name in sorted(PAGES - KEPT)] + SHORT_FEATURES
SPANISH_PAGES: Final = [DOCS / "es" / name for name in sorted(PAGES - KEPT)] + [
    page.with_name("docs.es.md") for page in SHORT_FEATURES
]


def strings(tree: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text of a text file."""
    for value in tree.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from strings(value)


def plain(text: str) -> str:
    """Return a label without its emoji and formatting."""
    return re.sub(r"<[^>]+>|[^\w\s…¿?«».,'▸()-]", "", text).replace("▸", "").strip(" .:")


def labels(language: str) -> frozenset[str]:
    """Return every text shown to staff and customers in a language."""
    files = [
        *(ROOT / "src/bot/locales" / language).rglob("*.toml"),
        ROOT / f"src/web/locales/console/{language}.toml",
        *(ROOT / "src/features").glob(f"*/texts/{language}/*.toml"),
    ]
    texts = [text for file in files for text in strings(tomllib.loads(file.read_text("utf-8")))]
    return frozenset(plain(each) for text in texts for each in (text, text.partition("{")[0]))


@of_all_features
@pytest.mark.parametrize(
    ("pages", "language", "marked"),
    [(OWNER_PAGES, "en", MARKED), (SPANISH_PAGES, "es", MARCADAS)],
    ids=["en", "es"],
)
def test_bold_labels_exist_in_the_product(pages: list[Path], language: str, marked: frozenset[str]) -> None:
    known = labels(language)
    quoted = {(page.name, label) for page in pages for label in BOLD.findall(page.read_text(encoding="utf-8"))}
    assert len(quoted) > 60

    sentences = {(name, label) for name, label in quoted if label in marked or label[-1] in ".!"}
    assert sorted((name, label) for name, label in quoted - sentences if plain(label) not in known) == []


@of_all_features
@each_case("page", [*OWNER_PAGES, *SPANISH_PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_alarms_named_by_a_page_exist(page: Path) -> None:
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", row.split(" | ")[0])}
    others = {"telegram_id", "half_won", "half_lost", "cashed_out", "pg_dump"}

    assert named - others <= set(declared())


@each_case("page", [*OWNER_PAGES, *SPANISH_PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_numbers_after_setting_names_are_their_defaults(page: Path) -> None:
    defaults = {name: field.default for _, kind in SECTIONS for name, field in kind.names().items()}
    said = re.findall(r"`([A-Z][A-Z_]+)` \((\d+)\b", page.read_text(encoding="utf-8"))

    assert [(name, number) for name, number in said if str(defaults.get(name)) != number] == []


@each_case("page", OWNER_PAGES, ids=lambda page: page.name if page.name != "docs.md" else page.parent.name)
def test_owner_page_stays_below_its_word_limit(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").split()) < LONGEST


def test_owner_pages_together_stay_below_their_word_limit() -> None:
    assert sum(len(page.read_text(encoding="utf-8").split()) for page in OWNER_PAGES) <= OWNERS_MOST


@pytest.mark.parametrize("folder", ["", "es"])
def test_pages_list_every_webhook_event_of_their_provider(folder: str) -> None:
    for provider, events in (
        ("stripe", stripe.EVENTS.keys() - {"charge.refunded", "charge.refund.updated"}),
        ("paypal", paypal.EVENTS.keys()),
    ):
        text = (DOCS / folder / f"connect-{provider}.md").read_text(encoding="utf-8")
        listed = set(re.findall(r"`([a-z_]+\.[a-z_.]+[a-z]|[A-Z]+(?:[.-][A-Z-]+)+)`", text))
        assert {name for name in listed if "." in name} >= events, provider
        assert {name for name in listed if name.isupper() and "." in name} <= set(events) | {"."}, provider


def test_home_page_links_to_the_pages_for_newcomers() -> None:
    home = (DOCS / HOME).read_text(encoding="utf-8")
    pages = ("what-is-umbral", "ready", "begin", "connect-paypal", "failed-payments", "backups", "upgrading", "rivals")

    assert not [name for name in pages if f"]({name}.md)" not in home]
