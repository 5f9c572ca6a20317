"""In-memory repositories of subscriptions, payments and the ledger."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.ledger import PROVIDERS_TIME, LedgerEntry, LedgerKind
from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, PlanId, SubscriptionId
from subscriptions.domain.services import access_policy
from tests.fakes.memory import Rows, Working


class MemorySubscriptions:
    """In-memory SubscriptionRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Subscription] = Rows(
            working,
            "subscriptions",
            lambda s: s.id,
            {
                "one_live_subscription_per_customer_and_plan": lambda s: (s.customer_id, s.plan_id) if s.live else None,
                "one_subscription_per_provider_ref": lambda s: (
                    (s.provider, s.provider_ref) if s.provider_ref is not None else None
                ),
            },
        )
        self._plans: Rows[ServicePlan] = Rows(working, "service_plans", lambda p: p.id)
        self._channels: Rows[Channel] = Rows(working, "telegram_channels", lambda c: c.id)
        self._changes: Rows[PlanChange] = Rows(
            working,
            "plan_changes",
            lambda c: c.id,
            {"one_plan_change_at_a_time": lambda c: (c.subscription_id, c.changed_at)},
        )
        self._default_grace = working.default_grace

    async def get(self, subscription_id: SubscriptionId, *, lock: bool = False) -> Subscription | None:
        return self._rows.one(lambda s: s.id == subscription_id, lock=lock)

    async def by_provider_ref(self, provider: str, ref: str, *, lock: bool = False) -> Subscription | None:
        return self._rows.one(lambda s: (s.provider, s.provider_ref) == (provider, ref), lock=lock)

    async def live_for(self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False) -> Subscription | None:
        return self._rows.one(lambda s: s.live and (s.customer_id, s.plan_id) == (customer_id, plan_id), lock=lock)

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Subscription]:
        return self._rows.many(lambda s: s.customer_id == customer_id, order=_newest_first)

    async def of_order(self, order_id: OrderId) -> Sequence[Subscription]:
        return self._rows.many(lambda s: s.order_id == order_id, order=_newest_first)

    async def add_change(self, change: PlanChange) -> bool:
        return self._changes.add_if_new(change)

    async def get_change(self, change_id: UUID) -> PlanChange | None:
        return self._changes.one(lambda c: c.id == change_id)

    async def changes_of(self, subscription_id: SubscriptionId) -> Sequence[PlanChange]:
        return self._changes.many(lambda c: c.subscription_id == subscription_id, order=lambda c: (c.changed_at, c.id))

    async def save(self, subscription: Subscription) -> None:
        self._rows.save(subscription)

    async def save_all(self, subscriptions: Sequence[Subscription]) -> None:
        for subscription in subscriptions:
            self._rows.save(subscription)

    async def list_due(self, now: datetime) -> Sequence[Subscription]:
        return self._rows.many(lambda s: self._is_due(s, now), order=lambda s: s.access_until, lock=True)

    async def count_due(self, now: datetime) -> int:
        return len(await self.list_due(now))

    async def list_over(self, now: datetime) -> Sequence[Subscription]:
        return self._rows.many(
            lambda s: self._is_over(s, now) and not access_policy.stands_still(s),
            order=lambda s: s.access_until,
            lock=True,
        )

    async def look_again(self, horizon: datetime, reminders_beyond: datetime | None = None) -> int:
        limit = reminders_beyond or datetime.max.replace(tzinfo=UTC)
        far = self._rows.many(lambda s: s.live and (s.next_check_at or horizon) > horizon, order=lambda s: s.created_at)
        for found in far:
            found.next_check_at = None
            self._rows.save(found)
        unsaid = self._rows.many(lambda s: s.live and (s.next_reminder_at or limit) > limit, order=lambda s: s.id)
        for found in unsaid:
            found.next_reminder_at = None
            self._rows.save(found)
        return len(far) + len(unsaid)

    async def live_at(self, provider: str | None, after: SubscriptionId | None, limit: int) -> Sequence[Subscription]:
        return self._rows.many(
            lambda s: (
                s.live
                and (provider is None or (s.provider == provider and s.provider_ref is not None))
                and (after is None or s.id.int > after.int)
            ),
            order=lambda s: s.id.int,
        )[:limit]

    async def live_of_plan(
        self, plan_id: PlanId, after_id: SubscriptionId | None, limit: int
    ) -> Sequence[Subscription]:
        return self._rows.many(
            lambda s: s.live and s.plan_id == plan_id and (after_id is None or s.id.int > after_id.int),
            order=lambda s: s.id.int,
        )[:limit]

    async def live_named(self, provider: str, refs: Collection[str]) -> Sequence[Subscription]:
        return self._rows.many(
            lambda s: s.live and s.provider == provider and s.provider_ref in refs, order=lambda s: s.id.int
        )

    async def without_channel(self) -> Sequence[Subscription]:
        there = {ChannelStatus.READY, ChannelStatus.FROZEN}
        have = {(c.customer_id, c.plan_id) for c in self._channels.all() if c.status in there}
        own = {p.id for p in self._plans.all() if p.access is AccessKind.PERSONAL_CHANNEL}
        return self._rows.many(
            lambda s: s.renews and s.plan_id in own and (s.customer_id, s.plan_id) not in have,
            order=lambda s: s.id.int,
        )

    async def to_ask(self, provider: str, due_by: datetime, horizon: datetime, limit: int) -> Sequence[Subscription]:
        return self._rows.many(
            lambda s: (
                s.live
                and s.provider == provider
                and s.provider_ref is not None
                and s.status is not SubscriptionStatus.PAST_DUE
                and (s.next_ask_at is None or s.next_ask_at <= due_by or s.next_ask_at > horizon)
            ),
            order=lambda s: s.created_at,
            lock=True,
        )[:limit]

    async def note_asked(self, subscription_ids: Collection[SubscriptionId], again_at: datetime) -> None:
        for known in self._rows.many(lambda s: s.id in subscription_ids, order=lambda s: s.id.int):
            known.next_ask_at = again_at
            self._rows.save(known)

    async def to_remind(self, now: datetime, limit: int) -> Sequence[Subscription]:
        return self._rows.many(
            lambda s: (
                s.status is not SubscriptionStatus.INCOMPLETE
                and (s.next_reminder_at is None or s.next_reminder_at <= now)
            ),
            order=lambda s: s.created_at,
            lock=True,
        )[:limit]

    async def unpaid(self, now: datetime, limit: int) -> Sequence[Subscription]:
        return self._rows.many(
            lambda s: (
                s.status is SubscriptionStatus.PAST_DUE
                and s.provider_ref is not None
                and s.access_until is not None
                and (s.next_check_at is None or s.next_check_at <= now)
                and not self._is_over(s, now)
            ),
            order=lambda s: s.created_at,
            lock=True,
        )[:limit]

    def _is_due(self, subscription: Subscription, now: datetime) -> bool:
        # The plan comes last: its lookup takes longest, and few subscriptions are over.
        if subscription.next_check_at is not None and subscription.next_check_at > now:
            return False
        if not self._is_over(subscription, now):
            return False
        plan = self._plan(subscription)
        vip = plan is not None and plan.access is AccessKind.VIP_CHANNEL
        return subscription.provider_ref is not None or not (vip or access_policy.stands_still(subscription))

    def _is_over(self, subscription: Subscription, now: datetime) -> bool:
        if not subscription.live or subscription.access_until is None:
            return False
        if subscription.access_until > now:
            return False
        begins = access_policy.grace_begins(subscription) or subscription.access_until
        over = begins + self._grace(subscription) <= now
        return over and not access_policy.sleeps(subscription, now)

    def _plan(self, subscription: Subscription) -> ServicePlan | None:
        return next((plan for plan in self._plans.entities() if plan.id == subscription.plan_id), None)

    def _grace(self, subscription: Subscription) -> timedelta:
        if subscription.status is not SubscriptionStatus.PAST_DUE:
            return timedelta()
        plan = self._plan(subscription)
        days = plan.grace_days if plan is not None else None
        return self._default_grace if days is None else timedelta(days=days)


class MemoryPayments:
    """In-memory PaymentRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Payment] = Rows(
            working, "payments", lambda p: p.id, {"one_payment_per_provider_key": lambda p: (p.provider, p.payment_key)}
        )
        self._orders: Rows[Order] = Rows(working, "orders", lambda o: o.id)

    async def get(self, payment_id: PaymentId) -> Payment | None:
        return self._rows.one(lambda p: p.id == payment_id)

    async def with_ids(self, payment_ids: Collection[PaymentId]) -> Sequence[Payment]:
        return self._rows.many(lambda p: p.id in payment_ids, order=lambda p: p.id)

    async def by_key(self, provider: str, payment_key: str) -> Payment | None:
        return self._rows.one(lambda p: (p.provider, p.payment_key) == (provider, payment_key))

    async def add_if_new(self, payment: Payment) -> bool:
        return self._rows.add_if_new(payment)

    async def save(self, payment: Payment) -> None:
        self._rows.save(payment)

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[Payment]:
        found = self._rows.many(
            lambda p: p.customer_id == customer_id, order=lambda p: (-p.occurred_at.timestamp(), p.id)
        )
        return found[:limit]

    async def of_order(self, order_id: OrderId) -> Sequence[Payment]:
        return self._rows.many(lambda p: p.order_id == order_id, order=lambda p: (p.occurred_at, p.id))

    async def list_unlisted(
        self, provider: str, start: datetime, end: datetime, keys: Collection[str], limit: int
    ) -> Sequence[Payment]:
        found = self._rows.many(
            lambda p: p.provider == provider and start <= p.occurred_at < end and p.payment_key not in keys,
            order=lambda p: (p.occurred_at, p.id),
        )
        return found[:limit]

    async def waiting_parts(self, order_ids: Collection[OrderId]) -> Sequence[Payment]:
        paid = {o.id for o in self._orders.all() if o.status is OrderStatus.PAID}
        waiting = set(order_ids) - paid
        return self._rows.many(
            lambda p: (
                p.order_id in waiting and p.part and p.status is PaymentStatus.CAPTURED and p.subscription_id is None
            ),
            order=lambda p: (p.occurred_at, p.id),
        )


class MemoryLedger:
    """In-memory LedgerRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[LedgerEntry] = Rows(
            working,
            "ledger_entries",
            lambda e: e.id,
            {"one_ledger_entry_per_cause": lambda e: (e.subscription_id, e.kind, e.source_key)},
        )

    async def add_if_new(self, entry: LedgerEntry) -> bool:
        number = 1 + max((known.id or 0 for known in self._rows.all()), default=0)
        return self._rows.add_if_new(dataclasses.replace(entry, id=number))

    async def of_subscription(self, subscription_id: SubscriptionId) -> Sequence[LedgerEntry]:
        return self._rows.many(lambda e: e.subscription_id == subscription_id, order=lambda e: (e.starts_at, e.id))

    async def list_switched(self, subscription_ids: Collection[SubscriptionId]) -> Sequence[SubscriptionId]:
        mine = (e for e in self._rows.all() if e.changed_from is not None and e.subscription_id in subscription_ids)
        return sorted({e.subscription_id for e in mine})

    async def granted_to(self, source_key: str) -> Sequence[SubscriptionId]:
        mine = [e for e in self._rows.all() if e.kind is LedgerKind.ADMIN_GRANT and e.source_key == source_key]
        return sorted(e.subscription_id for e in mine)

    async def counted_until(self, subscription_ids: Collection[SubscriptionId]) -> Mapping[SubscriptionId, datetime]:
        mine = [e for e in self._rows.all() if e.kind in PROVIDERS_TIME and e.subscription_id in subscription_ids]
        ends = sorted((e.starts_at + e.length, e.subscription_id) for e in mine)
        return {subscription: end for end, subscription in ends}


def _newest_first(subscription: Subscription) -> tuple[float, object]:
    return -subscription.created_at.timestamp(), subscription.id
