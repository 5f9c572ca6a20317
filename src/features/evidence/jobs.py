"""Jobs of the feature; they are a wire contract as in jobs.py."""

from typing import Final
from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload


class OfferEvidence(JobPayload):
    """Job that fetches the deadline for a dispute's evidence and alerts the owners."""

    name = "core.offer_evidence"
    dispute_id: UUID


class RemindEvidence(JobPayload):
    """Job that checks before the deadline whether evidence for a dispute was submitted."""

    name = "core.remind_evidence"
    dispute_id: UUID


class SubmitEvidence(JobPayload):
    """Job that submits the evidence on record for a dispute."""

    name = "core.submit_evidence"
    dispute_id: UUID


QUEUED_BY: Final = (("bot", SubmitEvidence.name), ("console", SubmitEvidence.name))
"""Processes that queue a job without executing it."""
