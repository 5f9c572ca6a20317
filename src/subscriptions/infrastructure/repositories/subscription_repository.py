"""Standing agreements."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import DateTime, Interval, Select, case, func, literal, or_, select

from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import CustomerId, OrderId, PlanId, SubscriptionId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import service_plans, subscriptions
from subscriptions.infrastructure.database.tables.subscriptions import IS_LIVE
from subscriptions.infrastructure.repositories.store import TableStore, Unit, verbatim

SUBSCRIPTION: Final = RowMapper(Subscription)

_LIVE = verbatim(f"subscriptions.{IS_LIVE}")


class SqlSubscriptionRepository:
    """SubscriptionRepository in PostgreSQL."""

    def __init__(self, unit: Unit, default_grace: timedelta) -> None:
        """default_grace: how long a failed renewal keeps access where the plan does not say."""
        self._subscriptions = TableStore(unit, subscriptions, SUBSCRIPTION)
        self._default_grace = default_grace

    async def get(self, subscription_id: SubscriptionId, *, lock: bool = False) -> Subscription | None:
        """By our id."""
        return await self._subscriptions.one(subscriptions.c.id == subscription_id, lock=lock)

    async def by_provider_ref(self, provider: str, ref: str, *, lock: bool = False) -> Subscription | None:
        """By the provider's name of it."""
        columns = subscriptions.c
        return await self._subscriptions.one(columns.provider == provider, columns.provider_ref == ref, lock=lock)

    async def live_for(self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False) -> Subscription | None:
        """The live one of a customer and plan; there is at most one."""
        columns = subscriptions.c
        return await self._subscriptions.one(
            columns.customer_id == customer_id, columns.plan_id == plan_id, _LIVE, lock=lock
        )

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Subscription]:
        """All of them, the newest first."""
        columns = subscriptions.c
        return await self._subscriptions.many(
            columns.customer_id == customer_id, order=(columns.created_at.desc(), columns.id.asc())
        )

    async def of_order(self, order_id: OrderId) -> Sequence[Subscription]:
        """Those an order led to, the newest first."""
        columns = subscriptions.c
        return await self._subscriptions.many(
            columns.order_id == order_id, order=(columns.created_at.desc(), columns.id.asc())
        )

    async def save(self, subscription: Subscription) -> None:
        """Write all of it."""
        await self._subscriptions.save(subscription)

    async def due(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Live ones whose access and grace are over and whose next_check_at is past or None; locked, skipping locked.

        Grace counts for past_due only.
        """
        columns = subscriptions.c
        return await self._subscriptions.all(
            self._over(now)
            .where(or_(columns.next_check_at.is_(None), columns.next_check_at <= now))
            .limit(limit)
            .with_for_update(of=subscriptions, skip_locked=True)
        )

    async def over(self, now: datetime) -> Sequence[Subscription]:
        """Live ones whose access and grace are over, whenever they are looked at next, locked."""
        return await self._subscriptions.all(self._over(now).with_for_update(of=subscriptions))

    def _over(self, now: datetime) -> Select[Any]:
        columns = subscriptions.c
        default = literal(self._default_grace, Interval)
        grace = func.coalesce(func.make_interval(0, 0, 0, service_plans.c.grace_days), default)
        failed = columns.status == SubscriptionStatus.PAST_DUE.value
        return (
            select(subscriptions)
            .join(service_plans, service_plans.c.id == columns.plan_id)
            .where(
                _LIVE,
                # Said once more without grace, so that the index over access_until serves.
                columns.access_until <= now,
                columns.access_until + case((failed, grace), else_=literal(timedelta(), Interval))
                # The sum of a moment and a length is taken for one without a time zone unless said otherwise.
                <= literal(now, DateTime(timezone=True)),
            )
            .order_by(columns.access_until)
        )

    async def to_remind(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Those whose next_reminder_at is past or None, paid at least once, locked (skip locked)."""
        columns = subscriptions.c
        return await self._subscriptions.all(
            select(subscriptions)
            .where(
                or_(columns.next_reminder_at.is_(None), columns.next_reminder_at <= now),
                columns.status != SubscriptionStatus.INCOMPLETE.value,
            )
            .order_by(columns.next_reminder_at.asc().nulls_first())
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
