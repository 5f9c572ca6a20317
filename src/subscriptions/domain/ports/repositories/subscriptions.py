"""Repository of subscriptions."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId, OrderId, PlanId, SubscriptionId


class SubscriptionRepository(Protocol):
    """Repository of subscriptions."""

    async def get(self, subscription_id: SubscriptionId, *, lock: bool = False) -> Subscription | None: ...
    async def by_provider_ref(self, provider: str, ref: str, *, lock: bool = False) -> Subscription | None: ...
    async def live_for(
        self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False
    ) -> Subscription | None: ...
    async def of_customer(self, customer_id: CustomerId) -> Sequence[Subscription]:
        """Return a customer's subscriptions, the newest first."""
        ...

    async def of_order(self, order_id: OrderId) -> Sequence[Subscription]: ...
    async def add_change(self, change: PlanChange) -> bool:
        """Add a plan change. Return False if it is recorded already."""
        ...

    async def get_change(self, change_id: UUID) -> PlanChange | None: ...
    async def changes_of(self, subscription_id: SubscriptionId) -> Sequence[PlanChange]:
        """Return a subscription's plan changes, the oldest first."""
        ...

    async def save(self, subscription: Subscription) -> None: ...
    async def save_all(self, subscriptions: Sequence[Subscription]) -> None:
        """Save all fields of each subscription."""
        ...

    async def list_due(self, now: datetime) -> Sequence[Subscription]:
        """Lock and return the live subscriptions whose access and grace period are over and whose next_check_at is past
        or None. Rows locked elsewhere are skipped.

        Subscriptions for the VIP channel without a provider are excluded; see `VipRepository.list_due`. Subscriptions
        whose remaining time is paused (`access_policy.stands_still`) are included only if a provider manages them. A
        subscription is left out during a month that the customer skips, until shortly before the end of that month
        (`access_policy.RESUME_AHEAD`).
        """
        ...

    async def count_due(self, now: datetime) -> int:
        """Return the number of subscriptions that `list_due` would return if no row were locked."""
        ...

    async def list_over(self, now: datetime) -> Sequence[Subscription]:
        """Lock and return the live subscriptions whose access and grace period are over, whatever their next_check_at.
        Subscriptions whose remaining time is paused are left out, and so are subscriptions in a month that the customer
        skips, until shortly before the end of that month.
        """
        ...

    async def unpaid(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Lock and return subscriptions that a provider manages, that are in their grace period, and whose
        next_check_at is past or None. Rows locked elsewhere are skipped.
        """
        ...

    async def look_again(self, horizon: datetime, reminders_beyond: datetime | None = None) -> int:
        """Clear next_check_at of live subscriptions if it is after `horizon`, and next_reminder_at if it is after
        `reminders_beyond`, so that the next scheduled run checks these subscriptions. Return the number of cleared
        values.

        reminders_beyond: None to keep every next_reminder_at
        """
        ...

    async def live_at(self, provider: str | None, after: SubscriptionId | None, limit: int) -> Sequence[Subscription]:
        """Return live subscriptions at a provider, ordered by id, starting after `after`. Without a provider, return
        all live ones.
        """
        ...

    async def live_of_plan(
        self, plan_id: PlanId, after_id: SubscriptionId | None, limit: int
    ) -> Sequence[Subscription]:
        """Return live subscriptions of a plan, ordered by id, starting after `after_id`."""
        ...

    async def live_named(self, provider: str, refs: Collection[str]) -> Sequence[Subscription]: ...
    async def without_channel(self) -> Sequence[Subscription]:
        """Return the automatically renewing subscriptions that have no personal channel although their plan includes
        one.
        """
        ...

    async def to_ask(self, provider: str, due_by: datetime, horizon: datetime, limit: int) -> Sequence[Subscription]:
        """Lock and return live subscriptions of a provider whose next_ask_at is None, at most `due_by`, or after
        `horizon`, which only a wrong clock can cause. Rows locked elsewhere are skipped. Subscriptions in their grace
        period are excluded; see `unpaid`.
        """
        ...

    async def note_asked(self, subscription_ids: Collection[SubscriptionId], again_at: datetime) -> None:
        """Record that the state of these subscriptions at the provider was fetched, and is fetched again at
        `again_at`.
        """
        ...

    async def to_remind(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Lock and return subscriptions, including ended ones, whose next_reminder_at is past or None. Incomplete
        subscriptions and rows locked elsewhere are left out.
        """
        ...
