"""`python -m scripts.alarms_page`: each alarm's row in the handbook, and docs/es/alarms.md, as the bot words them.

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
HANDBOOK: Final = tuple(_DOCS / f"{name}.md" for name in ("accounts", "backups", "troubleshooting"))
"""The pages with tables of alarms; an alarm without a row gets one in the last table of the last page."""
_TABLE: Final = re.compile(r"(?<=what you do \|\n\|---\|---\|---\|---\|\n)((?:\| `\w+` \|.*\n)+)")
_NO_ALARMS: Final = frozenset({"reconciled", "brought_back"})
_HEAD: Final = """# Las alarmas

Así las cuenta el bot a los propietarios; la página la escribe `python -m scripts.alarms_page` a partir de sus textos.
Cada una nombra además al cliente, su plan, su canal y su pedido, si los hay, con un botón a su ficha y otro a lo que
la arregla: la consola lleva a los mismos sitios. Las que se cierran solas lo hacen a los cinco minutos de que su
causa ya no esté. Lo que alguien cambia en Telegram en el canal de un cliente se ve en una hora como mucho, y que lo
han borrado, cuando se ha mirado dos veces, diez minutos más tarde; `umbral reconcile --customer ID` mira ahora. En
inglés, lo que pasa solo y lo que haces están en columnas aparte:
[troubleshooting.md](../troubleshooting.md#every-other-alarm).

| alarma | qué significa | qué ha pasado solo y qué haces tú |
|---|---|---|
"""


def main() -> int:
    """Exit status 0 once both are written."""
    PAGE.write_text(page(), encoding="utf-8")
    for path, text in handbook().items():
        path.write_text(text, encoding="utf-8")
    return 0


def declared() -> Mapping[str, Mapping[str, str]]:
    """What is declared of each alarm, by its kind, in the order of the file."""
    told = tomllib.loads((LOCALES / "alarms.toml").read_text(encoding="utf-8"))
    return {kind: entry for kind, entry in told.items() if "handbook" in entry}


def page() -> str:
    """The whole Spanish document."""
    return _HEAD + "".join(_told(kind, entry["es"]) for kind, entry in declared().items() if kind not in _NO_ALARMS)


def handbook() -> Mapping[Path, str]:
    """Each page of the handbook that has a table of alarms → its text, with every row as it is declared."""
    rows = {kind: entry["handbook"] for kind, entry in declared().items()}
    texts = {path: path.read_text(encoding="utf-8") for path in HANDBOOK}
    new = [kind for kind in rows if not any(f"\n| `{kind}` |" in text for text in texts.values())]
    return {path: _with_rows(text, rows, new if path == HANDBOOK[-1] else []) for path, text in texts.items()}


def _with_rows(text: str, rows: Mapping[str, Sequence[str]], new: Sequence[str]) -> str:
    tables = [table for table in _TABLE.finditer(text) if set(_kinds(table[0])) & rows.keys()]
    for table in reversed(tables):
        kinds = [kind for kind in _kinds(table[0]) if kind in rows] + (list(new) if table is tables[-1] else [])
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
