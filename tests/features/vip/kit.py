"""Sample rows of customers who are in the middle of the entry steps, stored by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

ROWS: Final = (
    "INSERT INTO vip_entries (customer_id, vip_entry_stage, created_at) VALUES (:customer, 2, '2026-11-03 12:00+00')",
    "INSERT INTO ritual_entries (customer_id, resource_id, vip_entry_stage, created_at)"
    " SELECT :customer, id, 1, '2026-11-03 12:00+00' FROM resources WHERE soft_id = 'vip'",
)
