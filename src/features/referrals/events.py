"""Jobs that follow from events of the core."""

from typing import Final

from features.referrals.jobs import ReferralDue
from subscriptions.application.routing import Consequences, on
from subscriptions.domain import events


def give_referral(event: events.ReferralPaid) -> Consequences:
    return [ReferralDue(payment_id=event.payment_id)]


def take_referral_back(event: events.ReferralReversed) -> Consequences:
    return [ReferralDue(payment_id=event.payment_id, back=True, reason=event.reason)]


EVENTS: Final = (
    on(events.ReferralPaid, give_referral),
    on(events.ReferralReversed, take_referral_back),
)
