"""`python -m scripts.alarms_page`: each alarm's row in docs/operating.md, and docs/es/alarms.md, as the bot tells them.

Both are made of `src/bot/locales/alarms.toml`, where an alarm has its words.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bot.texts import LOCALES

_DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = _DOCS / "es" / "alarms.md"
HANDBOOK: Final = _DOCS / "operating.md"
_TABLE: Final = re.compile(r"(?<=what you do \|\n\|---\|---\|---\|---\|\n)((?:\| `\w+` \|.*\n)+)")
_NO_ALARMS: Final = frozenset({"reconciled", "brought_back"})
_HEAD: Final = """# Las alarmas

Así las cuenta el bot a los propietarios; la página la escribe `python -m scripts.alarms_page` a partir de sus textos.
Cada una nombra además al cliente, su plan, su canal y su pedido, si los hay, con un botón a su ficha y otro a lo que
la arregla: la consola lleva a los mismos sitios. Las que se cierran solas lo hacen a los cinco minutos de que su
causa ya no esté. Lo que alguien cambia en Telegram en el canal de un cliente se ve en una hora como mucho, y que lo
han borrado, cuando se ha mirado dos veces, diez minutos más tarde; `umbral reconcile --customer ID` mira ahora. En
inglés, lo que pasa solo y lo que haces están en columnas aparte: [operating.md](../operating.md#every-other-alarm).

| alarma | qué significa | qué ha pasado solo y qué haces tú |
|---|---|---|
"""


def main() -> int:
    """Exit status 0 once both are written."""
    PAGE.write_text(page(), encoding="utf-8")
    HANDBOOK.write_text(handbook(), encoding="utf-8")
    return 0


def declared() -> Mapping[str, Mapping[str, str]]:
    """What is declared of each alarm, by its kind, in the order of the file."""
    told = tomllib.loads((LOCALES / "alarms.toml").read_text(encoding="utf-8"))
    return {kind: entry for kind, entry in told.items() if "handbook" in entry}


def page() -> str:
    """The whole Spanish document."""
    return _HEAD + "".join(_told(kind, entry["es"]) for kind, entry in declared().items() if kind not in _NO_ALARMS)


def handbook() -> str:
    """docs/operating.md with its rows as they are declared; what has no table there stands in the last one."""
    text, rows = HANDBOOK.read_text(encoding="utf-8"), {kind: entry["handbook"] for kind, entry in declared().items()}
    tables = [table for table in _TABLE.finditer(text) if set(_kinds(table[0])) & rows.keys()]
    new = [kind for kind in rows if not any(kind in _kinds(table[0]) for table in tables)]
    for table in reversed(tables):
        kinds = [kind for kind in _kinds(table[0]) if kind in rows] + (new if table is tables[-1] else [])
        text = text[: table.start()] + "".join(_row(kind, rows[kind]) for kind in kinds) + text[table.end() :]
    return text


def _kinds(table: str) -> Sequence[str]:
    return re.findall(r"^\| `(\w+)`", table, re.MULTILINE)


def _row(kind: str, cells: Sequence[str]) -> str:
    return f"| `{kind}` | {' | '.join(cells)} |\n"


def _told(kind: str, text: str) -> str:
    plain = re.sub(r"\{\w+\}", "…", re.sub(r"</?\w+>", "", text)).strip().replace("|", "\\|").replace("\n", " ")
    fact, stop, advice = plain.partition(". ")
    return f"| `{kind}` | {fact}{stop.strip()} | {advice} |\n"


if __name__ == "__main__":
    sys.exit(main())
