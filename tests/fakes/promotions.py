"""Promotion codes, their claims and the orders that they paid, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.promotion import Promotion, PromotionReservation, PromotionUse
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.ids import CustomerId, OrderId, PlanId, PromotionId
from subscriptions.domain.money import Money
from subscriptions.domain.services.typed_codes import letters_of_code
from tests.fakes.memory import Rows, Working
from tests.fakes.returned_money import returned

Claim = tuple[CustomerId, PromotionId, datetime]


@dataclass(frozen=True, kw_only=True)
class PromotionFigures:
    """Figures of a promotion. claimed: number of customers who claimed the code. used: number of orders paid with the
    code. paid: revenue of these orders, renewals included, less refunds; saved: total discount of their first payments;
    both by currency.
    """

    promotion_id: PromotionId
    claimed: int
    used: int
    paid: tuple[Money, ...] = ()
    saved: tuple[Money, ...] = ()


class MemoryPromotions:
    """PromotionRepository in memory."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Promotion] = Rows(
            working, "promotions", lambda p: p.id, {"one_promotion_per_code": lambda p: p.code}
        )
        self._claims: Rows[Claim] = Rows(working, "promotion_claims", lambda c: c[:2])
        self._uses: Rows[PromotionUse] = Rows(working, "promotion_uses", lambda u: u.order_id)
        self._reservations: Rows[PromotionReservation] = Rows(
            working,
            "promotion_reservations",
            lambda r: (r.order_id, r.promotion_id),
            {
                "one_reservation_per_customer": lambda r: (r.promotion_id, r.customer_id) if r.once else None,
                "one_reservation_per_place": lambda r: (r.promotion_id, r.place) if r.place else None,
            },
        )
        self._orders: Rows[Order] = Rows(working, "orders", lambda o: o.id)
        self._attempts: Rows[CheckoutAttempt] = Rows(working, "checkout_attempts", lambda a: (a.order_id, a.number))
        self._refunds: Rows[Refund] = Rows(working, "refunds", lambda r: r.id)
        self._disputes: Rows[Dispute] = Rows(working, "disputes", lambda d: d.id)
        self._payments: Rows[Payment] = Rows(working, "payments", lambda p: p.id)

    async def get(self, promotion_id: PromotionId, *, lock: bool = False) -> Promotion | None:
        return self._rows.one(lambda p: p.id == promotion_id, lock=lock)

    async def by_code(self, code: str) -> Promotion | None:
        return self._rows.one(lambda p: p.code == code)

    async def by_letters(self, letters: str) -> Sequence[Promotion]:
        found = self._rows.many(lambda p: letters_of_code(p.code) == letters, order=lambda p: p.code)
        return found[:2]

    async def codes(self, *, shortest: int, longest: int) -> Sequence[str]:
        found = self._rows.many(
            lambda p: shortest <= len(p.code) <= longest, order=lambda p: (-p.created_at.timestamp(), p.code)
        )
        return [each.code for each in found[:1000]]

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

    async def used_for(self, promotion_id: PromotionId, customer_id: CustomerId, plan_id: PlanId) -> bool:
        of_plan = {o.id for o in self._orders.all() if o.plan_id == plan_id}
        mine = (promotion_id, customer_id)
        return any((u.promotion_id, u.customer_id) == mine and u.order_id in of_plan for u in self._uses.all())

    async def count_taken(
        self,
        promotion_id: PromotionId,
        now: datetime,
        *,
        apart_from: Collection[OrderId] = (),
        customer_id: CustomerId | None = None,
    ) -> int:
        mine = {o.id for o in self._orders.all() if customer_id in {None, o.customer_id}}
        return len((self._taking(promotion_id, now) & mine) - set(apart_from))

    async def reserve(self, promotion: Promotion, order: Order, now: datetime) -> bool:
        taking = self._taking(promotion.id, now) | {order.id}
        self._reservations.remove(lambda r: r.promotion_id == promotion.id and r.order_id not in taking)
        places = {r.place for r in self._reservations.all() if r.promotion_id == promotion.id}
        place = None
        if promotion.uses is not None:
            place = next((each for each in range(1, promotion.uses + 1) if each not in places), None)
            if place is None:
                return await self.is_reserved(promotion.id, order.id)
        self._reservations.add_if_new(
            PromotionReservation(
                order_id=order.id,
                promotion_id=promotion.id,
                customer_id=order.customer_id,
                once=promotion.once,
                place=place,
                reserved_at=now,
            )
        )
        return await self.is_reserved(promotion.id, order.id)

    async def is_reserved(self, promotion_id: PromotionId, order_id: OrderId) -> bool:
        return any((r.promotion_id, r.order_id) == (promotion_id, order_id) for r in self._reservations.all())

    def _taking(self, promotion_id: PromotionId, now: datetime) -> set[OrderId]:
        unpaid = {o.id for o in self._orders.all() if o.status is OrderStatus.OPEN}
        payable = {
            a.order_id
            for a in self._attempts.all()
            if a.promotion_id == promotion_id and a.status is not AttemptStatus.CLOSED and a.expires_at > now
        }
        return (payable & unpaid) | {u.order_id for u in self._uses.all() if u.promotion_id == promotion_id}

    async def add_use(self, use: PromotionUse) -> None:
        self._uses.add_if_new(use)

    async def use_of(self, order_id: OrderId) -> PromotionUse | None:
        return self._uses.one(lambda u: u.order_id == order_id)

    async def figures(self) -> Sequence[PromotionFigures]:
        """Return the figures of the list of promotions, for tests."""
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
