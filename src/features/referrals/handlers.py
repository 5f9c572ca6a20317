"""Handler of the job that grants and revokes free days for referrals."""

from typing import Final

from features.referrals.jobs import ReferralDue
from features.referrals.wiring import ReferralsContainer
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import HandlersPart, JobHandlers, handler_of


def _give(core: CoreContainer) -> JobHandlers:
    give = ReferralsContainer(core=core).give_referral()
    work = handler_of(ReferralDue, lambda job: give(job.payment_id, is_reversal=job.back, reason=job.reason))
    return dict([work])


HANDLERS: Final = HandlersPart({"worker": _give})
