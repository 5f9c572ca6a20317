"""In-memory repository of discount codes, their claims and the orders paid with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.entities.discount_code import DiscountCode, DiscountReservation, DiscountUse
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.ids import CustomerId, DiscountCodeId, OrderId, PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.services.typed_codes import letters_of_code
from tests.fakes.memory import Rows, Working
from tests.fakes.returned_money import returned

Claim = tuple[CustomerId, DiscountCodeId, datetime]


@dataclass(frozen=True, kw_only=True)
class PromotionFigures:
    """Figures of a promotion. claimed: number of customers who claimed the code. used: number of orders paid with the
    code. paid: revenue of these orders, renewals included, less refunds; saved: total discount of their first
    payments. Both are by currency.
    """

    discount_code_id: DiscountCodeId
    claimed: int
    used: int
    paid: tuple[Money, ...] = ()
    saved: tuple[Money, ...] = ()


class MemoryDiscounts:
    """In-memory DiscountRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[DiscountCode] = Rows(
            working, "promotions", lambda p: p.id, {"one_promotion_per_code": lambda p: p.code}
        )
        self._claims: Rows[Claim] = Rows(working, "promotion_claims", lambda c: c[:2])
        self._uses: Rows[DiscountUse] = Rows(working, "promotion_uses", lambda u: u.order_id)
        self._reservations: Rows[DiscountReservation] = Rows(
            working,
            "promotion_reservations",
            lambda r: (r.order_id, r.discount_code_id),
            {
                "one_reservation_per_customer": lambda r: (r.discount_code_id, r.customer_id) if r.once else None,
                "one_reservation_per_place": lambda r: (r.discount_code_id, r.place) if r.place else None,
            },
        )
        self._orders: Rows[Order] = Rows(working, "orders", lambda o: o.id)
        self._attempts: Rows[CheckoutAttempt] = Rows(working, "checkout_attempts", lambda a: (a.order_id, a.number))
        self._refunds: Rows[Refund] = Rows(working, "refunds", lambda r: r.id)
        self._disputes: Rows[Dispute] = Rows(working, "disputes", lambda d: d.id)
        self._payments: Rows[Payment] = Rows(working, "payments", lambda p: p.id)

    async def get(self, discount_code_id: DiscountCodeId, *, lock: bool = False) -> DiscountCode | None:
        return self._rows.one(lambda p: p.id == discount_code_id, lock=lock)

    async def by_code(self, code: str) -> DiscountCode | None:
        return self._rows.one(lambda p: p.code == code)

    async def by_letters(self, letters: str) -> Sequence[DiscountCode]:
        found = self._rows.many(lambda p: letters_of_code(p.code) == letters, order=lambda p: p.code)
        return found[:2]

    async def codes(self, *, shortest: int, longest: int) -> Sequence[str]:
        found = self._rows.many(
            lambda p: shortest <= len(p.code) <= longest, order=lambda p: (-p.created_at.timestamp(), p.code)
        )
        return [each.code for each in found[:1000]]

    async def add_if_new(self, discount_code: DiscountCode) -> bool:
        return self._rows.add_if_new(discount_code)

    async def save(self, discount_code: DiscountCode) -> None:
        self._rows.save(discount_code)

    async def claim(self, discount_code_id: DiscountCodeId, customer_id: CustomerId, now: datetime) -> None:
        self._claims.add_if_new((customer_id, discount_code_id, now))

    async def claimed_by(self, customer_id: CustomerId) -> Sequence[DiscountCode]:
        claimed = {discount_code: at for customer, discount_code, at in self._claims.all() if customer == customer_id}
        return self._rows.many(
            lambda p: p.id in claimed and p.stopped_at is None,
            order=lambda p: (-claimed[p.id].timestamp(), p.code),
        )

    async def used_by(self, discount_code_id: DiscountCodeId, customer_id: CustomerId) -> bool:
        return any((u.discount_code_id, u.customer_id) == (discount_code_id, customer_id) for u in self._uses.all())

    async def used(self, customer_id: CustomerId) -> set[DiscountCodeId]:
        return {u.discount_code_id for u in self._uses.all() if u.customer_id == customer_id}

    async def used_for(self, discount_code_id: DiscountCodeId, customer_id: CustomerId, plan_id: PlanId) -> bool:
        of_plan = {o.id for o in self._orders.all() if o.plan_id == plan_id}
        mine = (discount_code_id, customer_id)
        return any((u.discount_code_id, u.customer_id) == mine and u.order_id in of_plan for u in self._uses.all())

    async def count_taken(
        self,
        discount_code_id: DiscountCodeId,
        now: datetime,
        *,
        apart_from: Collection[OrderId] = (),
        customer_id: CustomerId | None = None,
    ) -> int:
        mine = {o.id for o in self._orders.all() if customer_id in {None, o.customer_id}}
        return len((self._taking(discount_code_id, now) & mine) - set(apart_from))

    async def reserve(self, discount_code: DiscountCode, order: Order, now: datetime) -> bool:
        taking = self._taking(discount_code.id, now) | {order.id}
        self._reservations.remove(lambda r: r.discount_code_id == discount_code.id and r.order_id not in taking)
        taken = {r.place for r in self._reservations.all() if r.discount_code_id == discount_code.id}
        number = None
        if discount_code.uses is not None:
            number = next((each for each in range(1, discount_code.uses + 1) if each not in taken), None)
            if number is None:
                return await self.is_reserved(discount_code.id, order.id)
        self._reservations.add_if_new(
            DiscountReservation(
                order_id=order.id,
                discount_code_id=discount_code.id,
                customer_id=order.customer_id,
                once=discount_code.once,
                place=number,
                reserved_at=now,
            )
        )
        return await self.is_reserved(discount_code.id, order.id)

    async def is_reserved(self, discount_code_id: DiscountCodeId, order_id: OrderId) -> bool:
        return any((r.discount_code_id, r.order_id) == (discount_code_id, order_id) for r in self._reservations.all())

    def _taking(self, discount_code_id: DiscountCodeId, now: datetime) -> set[OrderId]:
        unpaid = {o.id for o in self._orders.all() if o.status is OrderStatus.OPEN}
        payable = {
            a.order_id
            for a in self._attempts.all()
            if a.discount_code_id == discount_code_id and a.status is not AttemptStatus.CLOSED and a.expires_at > now
        }
        return (payable & unpaid) | {u.order_id for u in self._uses.all() if u.discount_code_id == discount_code_id}

    async def add_use(self, use: DiscountUse) -> None:
        self._uses.add_if_new(use)

    async def use_of(self, order_id: OrderId) -> DiscountUse | None:
        return self._uses.one(lambda u: u.order_id == order_id)

    async def figures(self) -> Sequence[PromotionFigures]:
        """Return the figures of the list of promotions, for tests."""
        claimed = Counter(discount_code for _, discount_code, _ in self._claims.all())
        uses = self._uses.all()
        made = []
        for each in sorted({*claimed, *(u.discount_code_id for u in uses)}):
            mine = [u for u in uses if u.discount_code_id == each]
            orders = {u.order_id for u in mine}
            counted = [p for p in self._payments.all() if p.order_id in orders and p.subscription_id is not None]
            back = returned(counted, self._refunds.all(), self._disputes.all())
            paid = [p.amount for p in counted] + [Money(-amount.minor, amount.currency) for _, amount, _ in back]
            made.append(
                PromotionFigures(
                    discount_code_id=each,
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
