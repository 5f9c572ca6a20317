"""That a subscription went from one plan or price to another: payments that come late need what it was before."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from subscriptions.domain.ids import PlanId, SubscriptionId, new_uuid
from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class PlanChange:
    """changed_at: when we heard of it, one at a time per subscription.

    The plan is the same where only its price moved.
    """

    id: UUID
    subscription_id: SubscriptionId
    from_plan_id: PlanId
    to_plan_id: PlanId
    old_price: Money
    new_price: Money
    changed_at: datetime

    @classmethod
    def from_prices(
        cls, subscription_id: SubscriptionId, old: tuple[PlanId, Money], new: tuple[PlanId, Money], at: datetime
    ) -> "PlanChange":
        """From plan and price to plan and price."""
        return cls(
            id=new_uuid(),
            subscription_id=subscription_id,
            from_plan_id=old[0],
            to_plan_id=new[0],
            old_price=old[1],
            new_price=new[1],
            changed_at=at,
        )
