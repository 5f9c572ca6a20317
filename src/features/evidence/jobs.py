"""Jobs that prepare, remind of, and submit responses to disputes. Their names and fields are a fixed contract between
processes.
"""

from typing import Final
from uuid import UUID

from subscriptions.application.dto.job_payload import JobPayload


class OfferEvidence(JobPayload):
    """Job: fetch the deadline for a dispute's evidence, and alert the owners."""

    name = "core.offer_evidence"
    dispute_id: UUID


class RemindEvidence(JobPayload):
    """Job: check before and at the deadline whether the evidence for a dispute was submitted."""

    name = "core.remind_evidence"
    dispute_id: UUID


class SubmitEvidence(JobPayload):
    """Job: submit the evidence on record for a dispute."""

    name = "core.submit_evidence"
    dispute_id: UUID


QUEUED_BY: Final = (("bot", SubmitEvidence.name), ("console", SubmitEvidence.name))
"""Pairs of a process and the name of a job that the process queues but does not execute."""
