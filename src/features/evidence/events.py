"""Jobs that follow from disputes."""

from typing import Final

from features.evidence.domain import EvidenceWanted
from features.evidence.jobs import OfferEvidence, SubmitEvidence
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events


def offer_evidence(event: events.DisputeBegun) -> Consequences:
    """Fetch the deadline, and offer staff to send evidence."""
    return [OfferEvidence(dispute_id=event.dispute_id)]


def submit_evidence(event: EvidenceWanted) -> Consequences:
    """Hand the evidence to the provider."""
    return [SubmitEvidence(dispute_id=event.dispute_id)]


EVENTS: Final = (on(events.DisputeBegun, offer_evidence), on(EvidenceWanted, submit_evidence))
