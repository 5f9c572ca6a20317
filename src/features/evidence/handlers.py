"""Handlers of the jobs that prepare, remind of, and submit responses to disputes."""

from typing import Final

from features.evidence.jobs import OfferEvidence, RemindEvidence, SubmitEvidence
from features.evidence.wiring import EvidenceContainer
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import HandlersPart, JobHandlers, handler_of


def _handlers(core: CoreContainer) -> JobHandlers:
    use = EvidenceContainer(core=core)
    return dict(
        [
            handler_of(OfferEvidence, lambda job: use.offer_evidence()(job.dispute_id)),
            handler_of(RemindEvidence, lambda job: use.offer_evidence().remind(job.dispute_id)),
            handler_of(SubmitEvidence, lambda job: use.submit_evidence()(job.dispute_id)),
        ]
    )


HANDLERS: Final = HandlersPart({"worker": _handlers})
