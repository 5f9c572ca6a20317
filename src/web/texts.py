"""Texts of the public pages: a TOML file per language, overridden by the vertical's and the operator's texts, and
filled with settings and data.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from babel.dates import format_date, format_skeleton

from subscriptions.application.catalog.site import Identity, in_force
from subscriptions.application.dto.languages import language_name, locale_of
from subscriptions.bootstrap.texts import PAGES, TEXTS, layer, page_texts
from subscriptions.domain.entities import spoken
from subscriptions.domain.services.withdrawal_policy import Scope

LANGUAGES: Final = spoken.LANGUAGES
"""Languages of the pages. The first language is the default; pages in the other languages are below a path with the
language's code.
"""

Texts = Mapping[str, Any]
LISTS: Final = (
    ("faq", "questions", "answer"),
    ("terms", "sections", "text"),
    ("withdrawal", "sections", "text"),
    ("privacy", "sections", "text"),
)
"""Tables whose entries a page shows in sequence, as triples of the page, the table, and the field without which an
entry is hidden.
"""


def raw_texts(language: str) -> Texts:
    """Return the texts of one language, including overrides, with placeholders such as `{brand}` not filled in."""
    return _raw(language, TEXTS.version)


@lru_cache(maxsize=64)
def _raw(language: str, version: int) -> Texts:
    texts: Texts = layer(page_texts(LANGUAGES[0]), {**TEXTS.texts_of(LANGUAGES[0]), **TEXTS.texts_of(language)}, PAGES)
    return {**texts, "meta": {"locale": str(locale_of(language)), "language": language_name(language)}}


def texts_for(language: str, identity: Identity, bot: str) -> Texts:
    """Return all texts of one language with placeholders filled in. bot: `@username`, or a replacement text while no
    bot is known.
    """
    raw = raw_texts(language)
    dated_key, dated_since = _in_force_since(identity, language)
    is_off = identity.withdrawal is Scope.OFF
    facts = {
        "brand": identity.brand,
        "bot": bot,
        "legal_identity": identity.legal_identity,
        "support_contact": identity.support_contact,
        "terms_version": identity.terms_version,
        "terms_since": dated_since,
        "grace_days": str(identity.grace_days),
        "retention_days": str(identity.retention_days),
        **{f"{record}_days": str(days) for record, days in identity.records_days.items()},
    }
    sentences = {
        "seller": raw["seller"]["known" if identity.legal_identity else "unknown"].format_map(facts),
        "contact": raw["contact"]["known" if identity.support_contact else "unknown"].format_map(facts),
        "since": raw["since"][dated_key].format_map(facts),
        "withdrawal_right": raw["withdrawal_right"][identity.withdrawal],
        "withdrawal_start": "" if is_off else raw["withdrawal_start"][identity.declarations],
        "withdrawal_where": raw["withdrawal_where"]["off" if is_off else "on"],
        "grace": raw["grace"][{0: "none", 1: "one"}.get(identity.grace_days, "many")].format_map(facts),
    }
    parts = {name: part for name, part in raw.items() if name != "price"}
    filled_parts = _fill(parts, facts | _by_feature(raw) | sentences)
    for page, name, text in LISTS:
        filled_parts[page][name] = [part for part in filled_parts[page][name].values() if part[text]]
    return {**filled_parts, "price": raw["price"]}


def _by_feature(raw: Texts) -> dict[str, str]:
    """Return the sentences that depend on a feature, keyed by table. Each table is named after a feature; its entry
    `on` is used while the feature is on, otherwise its entry `off`.
    """
    tables = {name: part for name, part in raw.items() if isinstance(part, Mapping) and "off" in part}
    return {name: part["on" if name in TEXTS.features and "on" in part else "off"] for name, part in tables.items()}


def _in_force_since(identity: Identity, language: str) -> tuple[str, str]:
    """Return the key of the sentence about the date from which the terms apply, and the day or month in
    that sentence.
    """
    version_start = in_force(identity.terms_version, identity.terms_since)
    if version_start is None:
        return "unknown", ""
    if version_start.exact:
        return "day", format_date(version_start.day, "long", locale_of(language))
    return "month", format_skeleton("yMMMM", version_start.day, locale=locale_of(language))


def _fill(node: Any, facts: Mapping[str, str]) -> Any:
    if isinstance(node, str):
        return node.format_map(facts)
    if isinstance(node, list):
        return [_fill(part, facts) for part in node]
    return {name: _fill(part, facts) for name, part in node.items()}
