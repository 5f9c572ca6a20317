"""Rows of the activity feed for the kit that checks every feature: an unsent entry and a sent entry, both about the
customer.
"""

from __future__ import annotations

from typing import Final

_AT: Final = "'2026-11-03 12:00+00'"
_PARAMS: Final = (
    "jsonb_build_object('v', '1', 'topic', 'sale', 'word', '', 'thread', '', 'who', 'Ana', 'customer', :customer,"
    " 'plan', 'Plan', 'minor', '2999', 'currency', 'EUR')"
)
ROWS: Final = tuple(
    "INSERT INTO notifications (id, key, kind, recipient, language, params, subject, repeated, sent_at, created_at)"
    f" VALUES (gen_random_uuid(), 'owner_news:{key}', 'owner_news', 9001, 'es', {_PARAMS}, :payment, 0, {sent}, {_AT})"
    for key, sent in (("waiting", "NULL"), ("sent", _AT))
)
