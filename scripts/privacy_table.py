"""Write the places of personal data, as tables and columns declare them, into docs/privacy.md and docs/es/privacy.md:
`python -m scripts.privacy_table`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scripts.document_section import with_section
from subscriptions.infrastructure.database.personal_tables import PERSONAL_TABLES
from subscriptions.infrastructure.database.tables.personal import KINDS

_DOCS: Final = Path(__file__).parent.parent / "docs"
BEGIN: Final = "<!-- written by scripts/privacy_table.py: what is held, and what an erasure does -->"
END: Final = "<!-- end of what is written -->"
_ONLY: Final = "that there is one"
_UNTOLD: Final = {"technical", "others"}


@dataclass(frozen=True)
class Tongue:
    """A document and the texts of its tables. said: text of the list → text in the document."""

    document: Path
    head: str
    kinds_head: str
    kinds: Mapping[str, tuple[str, str]]
    said: Mapping[str, str]


def spanish() -> Mapping[str, Any]:
    """Return the Spanish texts of the list."""
    return tomllib.loads(Path(__file__).with_name("privacy_es.toml").read_text(encoding="utf-8"))


_SAID: Final = {_ONLY, *(word for held in PERSONAL_TABLES for word in (held.person.fate, held.person.reason) if word)}
ENGLISH: Final = Tongue(
    _DOCS / "privacy.md",
    "| table | what about somebody | an erasure | why it stays |",
    "| kind | means |",
    {kind: (kind, means) for kind, means in KINDS.items()},
    {word: word for word in _SAID},
)
SPANISH: Final = Tongue(
    _DOCS / "es" / "privacy.md",
    "| tabla | qué hay de alguien | al borrar | por qué se queda |",
    "| clase | significa |",
    {kind: (name, means) for kind, (name, means) in spanish()["kinds"].items()},
    spanish()["said"],
)


def table(tongue: Tongue) -> str:
    """Return the table as Markdown, without keys, statuses and times."""
    rows = [tongue.head, "|---|---|---|---|"]
    for held in sorted(PERSONAL_TABLES, key=lambda each: each.table):
        told = {tongue.kinds[kind][0]: names for kind, names in held.by_kind.items() if kind not in _UNTOLD}
        what = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in told.items()) or tongue.said[_ONLY]
        why = tongue.said[held.person.reason] if held.person.reason else ""
        rows.append(f"| `{held.table}` | {what} | {tongue.said[held.person.fate]} | {why} |")
    kinds = [f"| {name} | {means} |" for name, means in (tongue.kinds[kind] for kind in KINDS)]
    return "\n".join([*rows, "", tongue.kinds_head, "|---|---|", *kinds])


def written(tongue: Tongue) -> str:
    """Return the document with the current table."""
    return with_section(tongue.document, BEGIN, END, table(tongue))


if __name__ == "__main__":
    for each in (ENGLISH, SPANISH):
        each.document.write_text(written(each), encoding="utf-8")
