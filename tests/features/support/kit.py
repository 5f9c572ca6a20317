"""Sample rows of customers' questions, stored by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

_QUESTION: Final = "'0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e21'"
_AT: Final = "'2026-11-03 12:00+00'"
ROWS: Final = (
    f"INSERT INTO questions (id, customer_id, opened_at, asked_at) VALUES ({_QUESTION}, :customer, {_AT}, {_AT})",
    "INSERT INTO question_lines (id, question_id, at, text)"
    f" VALUES (gen_random_uuid(), {_QUESTION}, {_AT}, 'No veo mi canal')",
)
