"""Messages about disputes that are open or won."""

from typing import Self
from uuid import UUID

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import WithGrace
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class _AboutDispute(WithGrace):
    """Base of the messages about a dispute. gifted: True if another customer made the disputed payment."""

    gifted: bool

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the subscription does not exist. subject: id of the subscription."""
        message = await WithGrace.load(sources, subject)
        if message is None:
            return None
        return cls(**vars(message), gifted=await _by_somebody_else(sources.uow, SubscriptionId(subject)))


class DisputeOpenedMessage(_AboutDispute, kind=MessageKind.DISPUTE_OPENED, may_need_help=True):
    """Notice that the bank opened a dispute about a payment."""


class DisputeWon(_AboutDispute, kind=MessageKind.DISPUTE_WON):
    """Notice that the dispute was won."""


async def _by_somebody_else(uow: UnitOfWork, subscription_id: SubscriptionId) -> bool:
    """Return True if the last dispute about the subscription concerns a gift."""
    subscription = await uow.subscriptions.get(subscription_id)
    entries = await uow.ledger.of_subscription(subscription_id)
    disputes = await uow.reversals.disputes_of([each.payment_id for each in entries if each.payment_id is not None])
    payment = await uow.payments.get(disputes[-1].payment_id) if disputes else None
    return subscription is not None and payment is not None and payment.customer_id != subscription.customer_id
