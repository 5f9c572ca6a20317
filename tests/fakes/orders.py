"""In-memory repository of orders and their checkout attempts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.ids import CustomerId, OrderId, PlanId
from tests.fakes.memory import Rows, Working


class MemoryOrders:
    """In-memory OrderRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Order] = Rows(
            working,
            "orders",
            lambda o: o.id,
            {
                "one_open_order_per_customer_and_plan": lambda o: (
                    (o.customer_id, o.plan_id, o.for_another) if o.status is OrderStatus.OPEN else None
                )
            },
        )
        self._attempts: Rows[CheckoutAttempt] = Rows(
            working,
            "checkout_attempts",
            lambda a: (a.order_id, a.number),
            {"one_attempt_per_checkout_session": lambda a: (a.provider, a.session_ref) if a.session_ref else None},
        )
        self._cards: Rows[tuple[OrderId, int]] = Rows(working, "status_cards", lambda c: c)
        self._payments: Rows[Payment] = Rows(working, "payments", lambda p: p.id)

    async def get(self, order_id: OrderId, *, lock: bool = False) -> Order | None:
        return self._rows.one(lambda o: o.id == order_id, lock=lock)

    async def with_ids(self, order_ids: Collection[OrderId]) -> Sequence[Order]:
        return self._rows.many(lambda o: o.id in order_ids, order=lambda o: o.id)

    async def cause_of(self, reference: str | None) -> str | None:
        return (await self.causes_of([reference])).get(reference) if reference else None

    async def causes_of(self, references: Collection[str]) -> Mapping[str, str]:
        return {str(o.id): o.cause for o in self._rows.all() if str(o.id) in references and o.cause is not None}

    async def open_for(
        self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False, for_another: bool = False
    ) -> Order | None:
        wanted = (customer_id, plan_id, for_another, OrderStatus.OPEN)
        return self._rows.one(lambda o: (o.customer_id, o.plan_id, o.for_another, o.status) == wanted, lock=lock)

    async def paid_since(self, customer_id: CustomerId, moment: datetime) -> Sequence[Order]:
        return self._rows.many(
            lambda o: (
                (o.customer_id, o.status) == (customer_id, OrderStatus.PAID)
                and o.paid_at is not None
                and o.paid_at >= moment
            ),
            order=lambda o: (-(o.paid_at or o.created_at).timestamp(), o.id),
        )

    async def open_of(self, customer_id: CustomerId, *, lock: bool = False) -> Sequence[Order]:
        return self._rows.many(
            lambda o: (o.customer_id, o.status) == (customer_id, OrderStatus.OPEN),
            order=lambda o: (o.created_at, o.id),
            lock=lock,
        )

    async def add_if_new(self, order: Order) -> bool:
        return self._rows.add_if_new(order)

    async def save(self, order: Order) -> None:
        self._rows.save(order)

    async def list_due(self, now: datetime, limit: int) -> Sequence[Order]:
        return self._rows.many(
            lambda o: o.status is OrderStatus.OPEN and o.expires_at <= now, order=lambda o: o.expires_at, lock=True
        )[:limit]

    async def attempts(self, order_id: OrderId) -> Sequence[CheckoutAttempt]:
        return self._attempts.many(lambda a: a.order_id == order_id, order=lambda a: a.number)

    async def attempt_by_session(self, provider: str, session_ref: str) -> CheckoutAttempt | None:
        return self._attempts.one(lambda a: (a.provider, a.session_ref) == (provider, session_ref))

    async def save_attempt(self, attempt: CheckoutAttempt) -> None:
        self._attempts.save(attempt)

    async def open_attempts(
        self, customer_id: CustomerId, plan_id: PlanId, *, for_another: bool = False
    ) -> Sequence[CheckoutAttempt]:
        wanted = (customer_id, plan_id, for_another)
        mine = {o.id for o in self._rows.all() if (o.customer_id, o.plan_id, o.for_another) == wanted}
        return self._attempts.many(
            lambda a: a.order_id in mine and a.status is AttemptStatus.OPEN,
            order=lambda a: (a.created_at, a.order_id, a.number),
        )

    async def list_since(
        self, customer_id: CustomerId, plan_id: PlanId, moment: datetime, *, for_another: bool = False
    ) -> Sequence[Order]:
        wanted = (customer_id, plan_id, for_another)
        return self._rows.many(
            lambda o: (o.customer_id, o.plan_id, o.for_another) == wanted and o.created_at >= moment,
            order=lambda o: (o.created_at, o.id),
        )

    async def has_opened(self, plan_id: PlanId, provider: str, start: datetime) -> bool:
        ours = {o.id for o in self._rows.all() if o.plan_id == plan_id}
        return any(
            a.order_id in ours and a.provider == provider and a.session_ref is not None and a.created_at > start
            for a in self._attempts.all()
        )

    async def to_confirm(
        self,
        providers: Collection[str],
        start: datetime,
        *,
        limit: int,
        offset: int = 0,
        order_id: OrderId | None = None,
    ) -> Sequence[CheckoutAttempt]:
        unpaid = {o.id for o in self._rows.all() if o.status in {OrderStatus.OPEN, OrderStatus.EXPIRED}}
        paid = [(p.order_id, p.recorded_at) for p in self._payments.all()]
        found = self._attempts.many(
            lambda a: (
                (a.provider in providers and a.status is AttemptStatus.OPEN and a.session_ref is not None)
                and (a.created_at >= start and a.order_id in unpaid and order_id in {None, a.order_id})
                and not any(order == a.order_id and at >= a.created_at for order, at in paid)
            ),
            order=lambda a: (-a.created_at.timestamp(), a.order_id, -a.number),
        )
        return found[offset : offset + limit]

    async def add_card(self, order_id: OrderId, message_id: int) -> None:
        self._cards.add_if_new((order_id, message_id))

    async def forget_message(self, customer_id: CustomerId, message_id: int) -> None:
        own = {o.id for o in self._rows.all() if o.customer_id == customer_id}
        for shown in self._attempts.many(
            lambda a: a.order_id in own and a.message_id == message_id, lambda a: a.number
        ):
            self._attempts.save(replace(shown, message_id=None))
        self._cards.remove(lambda c: c[0] in own and c[1] == message_id)

    async def cards(self, order_id: OrderId) -> Sequence[int]:
        return [message for _, message in self._cards.many(lambda c: c[0] == order_id, order=lambda c: c[1])]
