"""Jobs that the feature queues for domain events of the core."""

from typing import Final

from features.referrals.domain import ReferralGiven
from features.referrals.jobs import ReferralDue
from features.referrals.messages import REFERRED
from subscriptions.application.dto import jobs
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events


def give_referral(event: events.BroughtCustomerPaid) -> Consequences:
    return [ReferralDue(payment_id=event.payment_id)]


def take_referral_back(event: events.BroughtPaymentReversed) -> Consequences:
    return [ReferralDue(payment_id=event.payment_id, back=True, reason=event.reason)]


def notify(event: ReferralGiven) -> Consequences:
    return [jobs.Announce(kind=REFERRED, customer_id=event.customer_id, subject=event.subscription_id, key=event.key)]


EVENTS: Final = (
    on(events.BroughtCustomerPaid, give_referral),
    on(events.BroughtPaymentReversed, take_referral_back),
    on(ReferralGiven, notify),
)
