"""Jobs that follow from a referral's payment."""

from typing import Final

from subscriptions.application.dto import promotion_jobs
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events


def give_referral(event: events.ReferralPaid) -> Consequences:
    return [promotion_jobs.ReferralDue(payment_id=event.payment_id)]


def take_referral_back(event: events.ReferralReversed) -> Consequences:
    return [promotion_jobs.ReferralDue(payment_id=event.payment_id, back=True, reason=event.reason)]


EVENTS: Final = (
    on(events.ReferralPaid, give_referral),
    on(events.ReferralReversed, take_referral_back),
)
