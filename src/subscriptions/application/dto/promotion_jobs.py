"""Jobs about what brings customers; the wire contract as in jobs.py."""

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import PaymentId, TokenId
from subscriptions.domain.ports.job_queue import Priority


class ReferralDue(JobPayload):
    """Give days for a payment of somebody who came by a customer's link. back: take them back instead. reason: why what
    the payment bought ends, should nothing be left of it then; empty where that goes on."""

    name = "core.give_referral"
    priority = Priority.LOW
    payment_id: PaymentId
    back: bool = False
    reason: str = ""


class AdoptInvited(JobPayload):
    """Somebody used the code of a subscription that another system began: it goes on as theirs from now on."""

    name = "bot.adopt_invited"
    priority = Priority.HIGH
    token_id: TokenId
