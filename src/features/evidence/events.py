"""Jobs that are queued when a dispute begins and when staff requests the submission of evidence."""

from typing import Final

from features.evidence.domain import EvidenceWanted
from features.evidence.jobs import OfferEvidence, SubmitEvidence
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events


def offer_evidence(event: events.DisputeBegun) -> Consequences:
    """Queue the job that fetches the deadline of the dispute and alerts staff that evidence can be submitted."""
    return [OfferEvidence(dispute_id=event.dispute_id)]


def submit_evidence(event: EvidenceWanted) -> Consequences:
    """Queue the job that submits the evidence to the provider."""
    return [SubmitEvidence(dispute_id=event.dispute_id)]


EVENTS: Final = (on(events.DisputeBegun, offer_evidence), on(EvidenceWanted, submit_evidence))
