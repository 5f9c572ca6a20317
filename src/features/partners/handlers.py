"""Handler of the job that reconciles a partner's commission with a payment."""

from typing import Final

from features.partners.jobs import CommissionToReconcile
from features.partners.wiring import PartnersContainer
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import HandlersPart, JobHandlers, handler_of


def _settle(core: CoreContainer) -> JobHandlers:
    reconcile_commission = PartnersContainer(core=core).reconcile_commission()
    return dict([handler_of(CommissionToReconcile, lambda job: reconcile_commission(job.payment_id))])


HANDLERS: Final = HandlersPart({"worker": _settle})
