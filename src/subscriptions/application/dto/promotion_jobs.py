"""Jobs about referrals and codes; the wire contract as in jobs.py."""

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import PaymentId, TokenId
from subscriptions.domain.ports.job_queue import Priority


class ReferralDue(JobPayload):
    """Job that gives days for a payment of a referred customer. back: True to take them back instead. reason: reason
    why the paid subscription ends if nothing is left of the payment; empty if it continues.
    """

    name = "core.give_referral"
    priority = Priority.LOW
    payment_id: PaymentId
    back: bool = False
    reason: str = ""


class AdoptInvited(JobPayload):
    """Job that transfers a subscription from another system to the person who used its code."""

    name = "bot.adopt_invited"
    priority = Priority.HIGH
    token_id: TokenId
