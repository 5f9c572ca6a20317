"""Sample rows of API keys, stored by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

ROWS: Final = (
    "INSERT INTO api_keys (name, digest, abilities, created_at)"
    " VALUES ('contabilidad', repeat('0', 64), 'payments', '2026-11-03 12:00+00')",
)
