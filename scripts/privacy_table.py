"""Writes into docs/privacy.md where personal data lies, from the one list of it: `python -m scripts.privacy_table`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from subscriptions.infrastructure.database.personal_data import KINDS
from subscriptions.infrastructure.database.personal_tables import HELD

DOCUMENT: Final = Path(__file__).parent.parent / "docs/privacy.md"
BEGIN: Final = "<!-- written by scripts/privacy_table.py: what is held, and what an erasure does -->"
END: Final = "<!-- end of what is written -->"


def table() -> str:
    """As Markdown; keys, states and times are left out."""
    rows = ["| table | what about somebody | an erasure | why it stays |", "|---|---|---|---|"]
    for held in HELD:
        what = [f"{kind}: {', '.join(names)}" for kind, names in held.by_kind.items() if kind not in _UNTOLD]
        rows.append(f"| `{held.table}` | {'; '.join(what) or 'that there is one'} | {held.fate} | {held.why} |")
    kinds = ["| kind | means |", "|---|---|", *(f"| {kind} | {means} |" for kind, means in KINDS.items())]
    return "\n".join([*rows, "", *kinds])


def written(document: str) -> str:
    """The document with the table as it is now."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


_UNTOLD: Final = {"technical", "others"}

if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
