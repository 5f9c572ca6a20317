"""Record of a change of a subscription's plan or price. It is needed to interpret late payments for
the earlier plan.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from subscriptions.domain.ids import PlanId, SubscriptionId, new_uuid
from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class PlanChange:
    """Change of plan or price. Both plans are the same if only the price changed.

    `changed_at`: time at which Umbral detected the change, unique per subscription.
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
        """Create the change from the old to the new pair of plan and price."""
        return cls(
            id=new_uuid(),
            subscription_id=subscription_id,
            from_plan_id=old[0],
            to_plan_id=new[0],
            old_price=old[1],
            new_price=new[1],
            changed_at=at,
        )
