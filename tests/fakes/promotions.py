"""Promotion codes, who holds them, and which orders were paid by them, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.promotion import Promotion, PromotionFigures, PromotionUse
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.ids import CustomerId, OrderId, PromotionId
from subscriptions.domain.money import Money
from tests.fakes.memory import Rows, Working
from tests.fakes.returned_money import returned

Claim = tuple[CustomerId, PromotionId, datetime]


class MemoryPromotions:
    """PromotionRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Promotion] = Rows(
            working, "promotions", lambda p: p.id, {"one_promotion_per_code": lambda p: p.code}
        )
        self._claims: Rows[Claim] = Rows(working, "promotion_claims", lambda c: c[:2])
        self._uses: Rows[PromotionUse] = Rows(working, "promotion_uses", lambda u: u.order_id)
        self._orders: Rows[Order] = Rows(working, "orders", lambda o: o.id)
        self._attempts: Rows[CheckoutAttempt] = Rows(working, "checkout_attempts", lambda a: (a.order_id, a.number))
        self._refunds: Rows[Refund] = Rows(working, "refunds", lambda r: r.id)
        self._disputes: Rows[Dispute] = Rows(working, "disputes", lambda d: d.id)
        self._payments: Rows[Payment] = Rows(working, "payments", lambda p: p.id)

    async def get(self, promotion_id: PromotionId, *, lock: bool = False) -> Promotion | None:
        return self._rows.one(lambda p: p.id == promotion_id, lock=lock)

    async def by_code(self, code: str) -> Promotion | None:
        return self._rows.one(lambda p: p.code == code)

    async def newest(self, *, limit: int, offset: int = 0) -> Sequence[Promotion]:
        found = self._rows.many(lambda p: True, order=lambda p: (-p.created_at.timestamp(), p.code))
        return found[offset : offset + limit]

    async def add_if_new(self, promotion: Promotion) -> bool:
        return self._rows.add_if_new(promotion)

    async def save(self, promotion: Promotion) -> None:
        self._rows.save(promotion)

    async def claim(self, promotion_id: PromotionId, customer_id: CustomerId, now: datetime) -> None:
        self._claims.add_if_new((customer_id, promotion_id, now))

    async def claimed_by(self, customer_id: CustomerId) -> Sequence[Promotion]:
        claimed = {promotion: at for customer, promotion, at in self._claims.all() if customer == customer_id}
        return self._rows.many(
            lambda p: p.id in claimed and p.stopped_at is None,
            order=lambda p: (-claimed[p.id].timestamp(), p.code),
        )

    async def used_by(self, promotion_id: PromotionId, customer_id: CustomerId) -> bool:
        return any((u.promotion_id, u.customer_id) == (promotion_id, customer_id) for u in self._uses.all())

    async def used(self, customer_id: CustomerId) -> set[PromotionId]:
        return {u.promotion_id for u in self._uses.all() if u.customer_id == customer_id}

    async def taken(self, promotion_id: PromotionId, now: datetime, apart_from: CustomerId) -> int:
        others = {o.id for o in self._orders.all() if o.status is OrderStatus.OPEN and o.customer_id != apart_from}
        held = {
            a.order_id
            for a in self._attempts.all()
            if a.promotion_id == promotion_id and a.status is not AttemptStatus.CLOSED and a.expires_at > now
        }
        return len((held & others) | {u.order_id for u in self._uses.all() if u.promotion_id == promotion_id})

    async def add_use(self, use: PromotionUse) -> None:
        self._uses.add_if_new(use)

    async def use_of(self, order_id: OrderId) -> PromotionUse | None:
        return self._uses.one(lambda u: u.order_id == order_id)

    async def figures(self) -> Sequence[PromotionFigures]:
        claimed = Counter(promotion for _, promotion, _ in self._claims.all())
        uses = self._uses.all()
        made = []
        for each in sorted({*claimed, *(u.promotion_id for u in uses)}):
            mine = [u for u in uses if u.promotion_id == each]
            orders = {u.order_id for u in mine}
            counted = [p for p in self._payments.all() if p.order_id in orders and p.subscription_id is not None]
            back = returned(counted, self._refunds.all(), self._disputes.all())
            paid = [p.amount for p in counted] + [Money(-amount.minor, amount.currency) for _, amount, _ in back]
            made.append(
                PromotionFigures(
                    promotion_id=each,
                    claimed=claimed[each],
                    used=len(mine),
                    paid=_sums(paid),
                    saved=_sums([u.discount for u in mine]),
                )
            )
        return made


def _sums(amounts: Sequence[Money]) -> tuple[Money, ...]:
    by_currency = Counter[str]()
    for amount in amounts:
        by_currency[amount.currency] += amount.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(by_currency.items()) if minor)
