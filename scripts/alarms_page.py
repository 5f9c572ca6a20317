"""`python -m scripts.alarms_page`: docs/es/alarms.md, every alarm as the bot tells it to Spanish readers."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from bot.texts import texts_for

PAGE: Final = Path(__file__).parents[1] / "docs" / "es" / "alarms.md"
_NO_ALARMS: Final = frozenset({"fact", "other", "reconciled", "brought_back"})
_HEAD: Final = """# Las alarmas

Así las cuenta el bot a los propietarios; la página la escribe `python -m scripts.alarms_page` a partir de sus textos.
Cada una nombra además el pedido, el cliente o el canal, si lo hay, con un botón a su ficha. Las que se cierran solas lo
hacen a los cinco minutos de que su causa ya no esté. En inglés, lo que pasa solo y lo que haces están en columnas
aparte: [operating.md](../operating.md#every-other-alarm).

| alarma | qué significa | qué ha pasado solo y qué haces tú |
|---|---|---|
"""


def main() -> int:
    """Exit status 0 once it is written."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


def page() -> str:
    """The whole document."""
    entries = texts_for("es").entries
    told = {key.removeprefix("alarms."): text for key, text in entries.items() if key.count(".") == 1}
    rows = [_row(key, text) for key, text in told.items() if f"alarms.{key}" in entries and key not in _NO_ALARMS]
    return _HEAD + "".join(rows)


def _row(kind: str, text: str) -> str:
    plain = re.sub(r"\{\w+\}", "…", re.sub(r"</?\w+>", "", text)).replace("|", "\\|").replace("\n", " ")
    fact, stop, advice = plain.partition(". ")
    return f"| `{kind}` | {fact}{stop.strip()} | {advice} |\n"


if __name__ == "__main__":
    sys.exit(main())
