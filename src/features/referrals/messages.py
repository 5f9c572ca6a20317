"""Message about free days that were granted for a referral."""

from typing import Final, Self
from uuid import UUID

from subscriptions.application.access.brought_days import has_brought_days
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import SubscriptionMessage
from subscriptions.domain.ids import SubscriptionId

REFERRED: Final = "referred"


class ReferredMessage(SubscriptionMessage, kind=REFERRED):
    """Notice of free days that were granted for a referral."""

    can_wait = True

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the payment was refunded in the meantime, which revokes the days. `subject`: id
        of the subscription.
        """
        subscription = await sources.uow.subscriptions.get(SubscriptionId(subject))
        if subscription is None or not await has_brought_days(sources.uow, subscription, sources.now):
            return None
        return await super().load(sources, subject)
