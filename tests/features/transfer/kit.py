"""Sample rows of account transfers, stored by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

ROWS: Final = (
    "INSERT INTO second_accounts (customer_id, telegram_id, code, offered_at)"
    " VALUES (:customer, 7000000009, 'CODE', '2026-11-03 12:00+00')",
)
