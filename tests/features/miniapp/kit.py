"""Sample rows of the Mini App, stored by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

ROWS: Final = (
    "INSERT INTO app_presses (id, person, key, data, place, names, asked_at) SELECT gen_random_uuid(), telegram_id,"
    " 'press-1', 'status', 0, '{}', '2026-11-03 12:00+00' FROM customers WHERE id = CAST(:customer AS uuid)",
)
