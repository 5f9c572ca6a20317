"""Sample rows of broadcasts, stored by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

from features.broadcasts.domain import BroadcastStatus
from umbral.testing.feature_kit.database import BUYER

_AT: Final = "'2026-11-03 12:00+00'"
_CONTENT: Final = """'{"v": 1, "data": {"text": "Hola"}}'"""
ROWS: Final = (
    *(
        "INSERT INTO broadcasts (id, key, author, content, status, revision, created_at)"
        f" VALUES (gen_random_uuid(), '{each}', {BUYER}, {_CONTENT}, '{each}', 1, {_AT})"
        for each in BroadcastStatus
    ),
    "INSERT INTO broadcast_deliveries (broadcast_id, customer_id, status, revision)"
    " SELECT id, :customer, 'sent', 1 FROM broadcasts WHERE status = 'done'",
)
