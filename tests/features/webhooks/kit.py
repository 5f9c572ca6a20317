"""Sample rows and jobs of webhooks, used by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

from features.webhooks.jobs import SendToEndpoint
from subscriptions.domain.ids import new_uuid

_ENDPOINT: Final = "'0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e13'"
_AT: Final = "'2026-11-03 12:00+00'"
ROWS: Final = (
    "INSERT INTO receivers (id, name, url, secret, created_at, failures)"
    f" VALUES ({_ENDPOINT}, 'n8n', 'https://n8n.example.com/hook', 'sealed', {_AT}, 0)",
    "INSERT INTO outgoing_events (id, receiver_id, kind, customer_id, facts, happened_at, state, attempts, begun_at,"
    f" next_at) VALUES (gen_random_uuid(), {_ENDPOINT}, 'customer.joined', :customer, '{{}}', {_AT}, 'waiting', 0,"
    f" {_AT}, {_AT})",
)
JOBS: Final = (SendToEndpoint(receiver_id=new_uuid()),)
