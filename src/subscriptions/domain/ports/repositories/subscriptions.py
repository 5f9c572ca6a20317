"""Standing agreements."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId, OrderId, PlanId, SubscriptionId


class SubscriptionRepository(Protocol):
    """Standing agreements."""

    async def get(self, subscription_id: SubscriptionId, *, lock: bool = False) -> Subscription | None: ...
    async def by_provider_ref(self, provider: str, ref: str, *, lock: bool = False) -> Subscription | None: ...
    async def live_for(
        self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False
    ) -> Subscription | None: ...
    async def of_customer(self, customer_id: CustomerId) -> Sequence[Subscription]:
        """All of them, the newest first."""
        ...

    async def of_order(self, order_id: OrderId) -> Sequence[Subscription]: ...
    async def add_change(self, change: PlanChange) -> bool:
        """False: this change is on record already."""
        ...

    async def get_change(self, change_id: UUID) -> PlanChange | None: ...
    async def changes_of(self, subscription_id: SubscriptionId) -> Sequence[PlanChange]:
        """The oldest first."""
        ...

    async def save(self, subscription: Subscription) -> None: ...
    async def save_all(self, subscriptions: Sequence[Subscription]) -> None:
        """Write all of each."""
        ...

    async def list_due(self, now: datetime) -> Sequence[Subscription]:
        """Live ones whose access and grace are over and whose next_check_at is past or None, locked (skip locked).

        Those for the VIP channel that no provider manages are `VipRepository.due`. Whose time stands still
        (`access_policy.stands_still`) is among them only where there is a provider to ask.
        """
        ...

    async def count_due(self, now: datetime) -> int:
        """How many `due` would give if nobody held any of them."""
        ...

    async def list_over(self, now: datetime) -> Sequence[Subscription]:
        """Live ones whose access and grace are over, whenever they are looked at next, locked; without those whose
        time stands still."""
        ...

    async def unpaid(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Those of a provider in their grace days whose next_check_at is past or None, locked (skip locked)."""
        ...

    async def look_again(self, horizon: datetime, reminders_beyond: datetime | None = None) -> int:
        """Have live ones whose next_check_at lies beyond looked at when their turn comes, and reminders planned anew
        that are planned for later than `reminders_beyond`; how many there were."""
        ...

    async def live_at(self, provider: str, after_id: SubscriptionId | None, limit: int) -> Sequence[Subscription]:
        """Live ones of a provider by their ids, from the one behind `after_id` on."""
        ...

    async def live_of_plan(
        self, plan_id: PlanId, after_id: SubscriptionId | None, limit: int
    ) -> Sequence[Subscription]:
        """Live ones of a plan by their ids, from the one behind `after_id` on."""
        ...

    async def live_named(self, provider: str, refs: Collection[str]) -> Sequence[Subscription]: ...
    async def without_channel(self) -> Sequence[Subscription]:
        """Those that renew by themselves, of plans with a channel of one's own, whose channel is not there."""
        ...

    async def to_ask(self, provider: str, due_by: datetime, horizon: datetime, limit: int) -> Sequence[Subscription]:
        """Live ones of a provider whose next_ask_at is None, up to `due_by`, or after `horizon`, where only a clock
        that was wrong can have put it; locked (skip locked). Without those in their grace days, which `unpaid` has.
        """
        ...

    async def note_asked(self, subscription_ids: Collection[SubscriptionId], again_at: datetime) -> None:
        """How these stand is known; to be asked about next at `again_at`."""
        ...

    async def to_remind(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Those whose next_reminder_at is past or None, paid at least once, locked (skip locked)."""
        ...
