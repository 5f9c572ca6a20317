"""Write the metrics of `/metrics`, from their declarations, into docs/metrics.md and docs/es/metrics.md: `python -m
scripts.metrics_table`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.document_section import with_section
from web.routes.health import METRICS

_DOCS: Final = Path(__file__).parent.parent / "docs"
BEGIN: Final = "<!-- written by scripts/metrics_table.py: what is measured -->"
END: Final = "<!-- end of what is written -->"


@dataclass(frozen=True)
class Tongue:
    """A document and the texts of its table."""

    document: Path
    head: str
    counter: str
    gauge: str
    told: Mapping[str, str]


def spanish() -> Mapping[str, str]:
    """Return the Spanish description of each metric."""
    return tomllib.loads(Path(__file__).with_name("metrics_es.toml").read_text(encoding="utf-8"))


ENGLISH: Final = Tongue(
    _DOCS / "metrics.md",
    "| metric | kind | labels | says |",
    "counter",
    "gauge",
    {name: figure.help for name, figure in METRICS.items()},
)
SPANISH: Final = Tongue(
    _DOCS / "es" / "metrics.md", "| cifra | clase | etiquetas | qué dice |", "contador", "medida", spanish()
)


def table(tongue: Tongue) -> str:
    """Return the table as Markdown."""
    rows = [tongue.head, "|---|---|---|---|"]
    for name, figure in METRICS.items():
        labels = ", ".join(f"`{label}`" for label in figure.labels) or "–"
        kind = tongue.counter if figure.counts else tongue.gauge
        rows.append(f"| `{name}` | {kind} | {labels} | {tongue.told[name]} |")
    return "\n".join(rows)


def written(tongue: Tongue) -> str:
    """Return the document with the current table."""
    return with_section(tongue.document, BEGIN, END, table(tongue))


if __name__ == "__main__":
    for each in (ENGLISH, SPANISH):
        each.document.write_text(written(each), encoding="utf-8")
