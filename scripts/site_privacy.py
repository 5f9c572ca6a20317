"""Generator of the site's pages about where personal data are stored, based on the declarations of tables
and columns.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scripts.site_markdown import page, table
from subscriptions.infrastructure.database.personal_tables import PERSONAL_TABLES
from subscriptions.infrastructure.database.tables.personal import KINDS

_ONLY: Final = "that there is one"
_UNTOLD: Final = {"technical", "others"}


@dataclass(frozen=True)
class Tongue:
    """Texts of a page in one language. said: translations of the texts in the declarations."""

    language: str
    title: str
    about: str
    columns: tuple[str, str, str, str]
    kinds_columns: tuple[str, str]
    kinds: Mapping[str, tuple[str, str]]
    said: Mapping[str, str]


def spanish() -> Mapping[str, Any]:
    """Return the Spanish translations of the texts in the declarations."""
    return tomllib.loads(Path(__file__).with_name("privacy_es.toml").read_text(encoding="utf-8"))


_SAID: Final = {_ONLY, *(word for held in PERSONAL_TABLES for word in (held.person.fate, held.person.reason) if word)}
ENGLISH: Final = Tongue(
    "en",
    "Where personal data is",
    "[En español.](/es/reference/privacy.md) Each table of the database that holds something about a person, what an"
    " erasure does to it, and why it may stay. Keys, states and times are left out."
    " [People's data](/privacy.md) says what to do when somebody asks.",
    ("table", "what about somebody", "an erasure", "why it stays"),
    ("kind", "means"),
    {kind: (kind, means) for kind, means in KINDS.items()},
    {word: word for word in _SAID},
)
SPANISH: Final = Tongue(
    "es",
    "Dónde están los datos personales",
    "[In English.](/reference/privacy.md) Cada tabla de la base de datos que guarda algo de una persona, qué le hace un"
    " borrado y por qué puede quedarse. No están las claves, los estados ni las horas."
    " [Los datos de las personas](/es/privacy.md) dice qué hacer cuando alguien los pide.",
    ("tabla", "qué hay de alguien", "al borrar", "por qué se queda"),
    ("clase", "significa"),
    {kind: (name, means) for kind, (name, means) in spanish()["kinds"].items()},
    spanish()["said"],
)


def privacy(tongue: Tongue) -> str:
    """Return the page with the personal data in each table, followed by the meaning of each kind of data."""
    rows = []
    for held in sorted(PERSONAL_TABLES, key=lambda each: each.table):
        told = {tongue.kinds[kind][0]: names for kind, names in held.by_kind.items() if kind not in _UNTOLD}
        what = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in told.items()) or tongue.said[_ONLY]
        why = tongue.said[held.person.reason] if held.person.reason else ""
        rows.append((f"`{held.table}`", what, tongue.said[held.person.fate], why))
    kinds = [tongue.kinds[kind] for kind in KINDS]
    return page([f"# {tongue.title}", tongue.about, table(tongue.columns, rows), table(tongue.kinds_columns, kinds)])
