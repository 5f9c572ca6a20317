"""Sample rows and jobs of responses to disputes, used by the kit that checks every feature."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from features.evidence.jobs import OfferEvidence, RemindEvidence, SubmitEvidence

_DISPUTE: Final = UUID("0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e15")
_AT: Final = "'2026-11-03 12:00+00'"
ROWS: Final = (
    "INSERT INTO disputes (id, provider, dispute_key, payment_id, status, opened_at)"
    f" VALUES ('{_DISPUTE}', 'acme', 'dispute-1', :payment, 'open', {_AT})",
    "INSERT INTO dispute_responses (dispute_id, payment_id, status, due_at, offered_at, document, record)"
    f" VALUES ('{_DISPUTE}', :payment, 'offered', {_AT}, {_AT}, 'document', 'record')",
)
JOBS: Final = tuple(job(dispute_id=_DISPUTE) for job in (OfferEvidence, RemindEvidence, SubmitEvidence))
