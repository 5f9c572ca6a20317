"""Price of a purchase with the customer's discount codes. Only the discount code that saves the most applies."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.application.alarms.alarm_kind import News, OfPurchase
from subscriptions.domain.entities.discount_code import Deal, DiscountCode, DiscountUse, deal_for
from subscriptions.domain.entities.ledger import DISCOUNT_SOURCE, LedgerEntry, LedgerKind
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.service_plan import LIFETIME, Buyers, ServicePlan
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import CustomerId, OrderId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import UNITS, Capability, GatewayDescriptor
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.ledger import LEDGER
from subscriptions.domain.services import payment_policy
from subscriptions.domain.services.purchase import Purchase


@dataclass(frozen=True, kw_only=True)
class Product:
    """Plan as a customer would buy it with one payment method.

    price: price without a code
    trial: True if the purchase begins with a trial
    charges: function that returns True if the method can charge an amount
    """

    plan: ServicePlan
    price: Money
    renews: bool
    trial: bool
    first_price: bool
    charges: Callable[[Money], bool]

    def deal(self, discount_code: DiscountCode) -> Deal | None:
        """Return the terms that a discount code gives for this product. Return None if the code has no effect."""
        no_more = self.plan.duration_days == LIFETIME or self.plan.ends_on is not None
        if (no_more and discount_code.days is not None) or not discount_code.fits(self.plan.id):
            return None
        for step in UNITS:
            deal = deal_for(
                discount_code, self.price, renews=self.renews, trial=self.trial, first_price=self.first_price, step=step
            )
            if deal is None or deal.amount_due == self.price or self.charges(deal.amount_due):
                return deal
        return None


def product_of(plan: ServicePlan, price: Money, descriptor: GatewayDescriptor, *, trial: bool) -> Product:
    """Return a plan as customers buy it with one payment method."""
    renews = payment_policy.renews_by(descriptor.capabilities, is_recurring=plan.recurring)
    first_price = Capability.FIRST_PRICE in descriptor.capabilities
    return Product(
        plan=plan,
        price=price,
        renews=renews,
        trial=trial and renews,
        first_price=first_price,
        charges=descriptor.charges,
    )


async def left_for(
    uow: UnitOfWork,
    discount_code: DiscountCode,
    customer_id: CustomerId,
    now: datetime,
    apart_from: Collection[OrderId],
) -> bool:
    """Return True if the discount code is valid now, has uses left, and may still be used by the customer. An open
    checkout reserves a use.

    apart_from: orders of the customer whose checkouts are not counted
    """
    return discount_code.is_running(now) and await _has_uses_left(uow, discount_code, customer_id, now, apart_from)


async def _has_uses_left(
    uow: UnitOfWork,
    discount_code: DiscountCode,
    customer_id: CustomerId,
    now: datetime,
    apart_from: Collection[OrderId],
) -> bool:
    count_taken = uow.of(DISCOUNTS_KEY).count_taken
    if discount_code.once and await count_taken(discount_code.id, now, apart_from=apart_from, customer_id=customer_id):
        return False
    return (
        discount_code.uses is None
        or await count_taken(discount_code.id, now, apart_from=apart_from) < discount_code.uses
    )


async def open_orders(uow: UnitOfWork, customer_id: CustomerId) -> list[OrderId]:
    """Return the customer's open orders. The uses reserved by their checkouts are available for another purchase of the
    same customer.
    """
    return [order.id for order in await uow.orders.open_of(customer_id)]


async def is_first(uow: UnitOfWork, discount_code: DiscountCode, customer_id: CustomerId, plan: ServicePlan) -> bool:
    """Return True if the customer's next payment for the plan may use the discount code.

    A discount code for the first payment of a renewing plan can't be used, by any method, while the customer has a paid
    subscription or after the customer has used the code for that plan.
    """
    if not (discount_code.first_only and plan.recurring):
        return True
    if await uow.of(DISCOUNTS_KEY).used_for(discount_code.id, customer_id, plan.id):
        return False
    live = await uow.subscriptions.live_for(customer_id, plan.id)
    entries = await uow.ledger.of_subscription(live.id) if live is not None else []
    return all(entry.kind is not LedgerKind.PAYMENT for entry in entries)


async def serves(
    uow: UnitOfWork, discount_code: DiscountCode, customer_id: CustomerId, plan: ServicePlan, now: datetime
) -> bool:
    """Return True if the customer may pay for the plan with the discount code. A use that another open checkout of the
    same customer reserves is counted as available.
    """
    uses_left = await left_for(uow, discount_code, customer_id, now, await open_orders(uow, customer_id))
    return uses_left and discount_code.fits(plan.id) and await is_first(uow, discount_code, customer_id, plan)


async def held_by(
    uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan, now: datetime, apart_from: Collection[OrderId]
) -> list[DiscountCode]:
    """Return the discount codes that a customer has claimed and can use for the plan now, the latest first.

    A plan that requires a code accepts only discount codes for this plan. apart_from: orders of the customer whose
    checkouts are not counted
    """
    own = plan.buyers is Buyers.CODE
    return [
        each
        for each in await uow.of(DISCOUNTS_KEY).claimed_by(customer_id)
        if (not own or each.plan_id == plan.id)
        and await left_for(uow, each, customer_id, now, apart_from)
        and await is_first(uow, each, customer_id, plan)
    ]


def largest(discount_codes: list[DiscountCode], product: Product) -> Deal | None:
    """Return the deal that saves the most. Of equal deals, return the one that was claimed last. Return None if no code
    has an effect.
    """
    deals = [deal for discount_code in discount_codes if (deal := product.deal(discount_code)) is not None]
    return max(deals, key=lambda deal: deal.worth(product.plan.days), default=None)


async def agreed_deal(uow: UnitOfWork, order: Order, product: Product, now: datetime) -> Deal | None:
    """Return the terms by a discount code with which a checkout of the order is opened, and reserve a use of the code
    for the order. Return None if no discount code applies.

    Other open checkouts also reserve a use, even those of the same customer, so that the number of checkouts with the
    reduced price never exceeds the number of uses left.
    """
    discount_codes = await held_by(uow, order.customer_id, product.plan, now, [order.id])
    while (deal := largest(discount_codes, product)) is not None:
        if await _reserve(uow, deal.discount_code, order, now):
            return deal
        discount_codes.remove(deal.discount_code)
    return None


async def _reserve(uow: UnitOfWork, discount_code: DiscountCode, order: Order, now: datetime) -> bool:
    """Reserve a use for the order unless it has one already. Return False if no use is left."""
    if discount_code.uses is None and not discount_code.once:
        return True
    # The lock on the discount code's row serialises orders that request the last use.
    await uow.of(DISCOUNTS_KEY).get(discount_code.id, lock=True)
    if await uow.of(DISCOUNTS_KEY).is_reserved(discount_code.id, order.id):
        return True
    uses_left = await _has_uses_left(uow, discount_code, order.customer_id, now, [order.id])
    return uses_left and await uow.of(DISCOUNTS_KEY).reserve(discount_code, order, now)


async def use_discount_code(uow: UnitOfWork, purchase: Purchase, entry: LedgerEntry) -> None:
    """Record that a paid order used its discount code, once per order. The caller has stored the subscription.

    The code's extra days are added to the period in `entry`, and are revoked together with the period. If an expired
    checkout is paid, the agreed discount code still applies; the owners are notified if the code is then used more
    often than allowed.
    """
    attempt, order = purchase.attempt, purchase.order
    if purchase.subscription is not None or attempt is None or attempt.discount_code_id is None:
        return
    discount_code = await uow.of(DISCOUNTS_KEY).get(attempt.discount_code_id)
    if discount_code is None or await uow.of(DISCOUNTS_KEY).use_of(order.id) is not None:
        return
    use = DiscountUse(
        order_id=order.id,
        discount_code_id=discount_code.id,
        customer_id=order.customer_id,
        discount=attempt.discount or Money(0, order.price.currency),
        days=discount_code.days or 0,
        used_at=entry.created_at,
    )
    is_repeated = (
        discount_code.first_only
        and order.recurring
        and await uow.of(DISCOUNTS_KEY).used_for(discount_code.id, use.customer_id, order.plan_id)
    )
    if is_repeated or not await _reserve(uow, discount_code, order, entry.created_at):
        uow.record(_overuse_alarm(discount_code, order, use))
    await uow.of(DISCOUNTS_KEY).add_use(use)
    if discount_code.days is not None:
        await uow.write(LEDGER).add_if_new(_days(discount_code, order, entry))


class DiscountOverused(OfPurchase):
    """Alarm: a checkout with a discount code was paid although the code had no uses left."""

    name = "promotion_overused"
    closes = News()
    promotion: str
    saved: str


def _overuse_alarm(discount_code: DiscountCode, order: Order, use: DiscountUse) -> AlarmRaised:
    benefit = f"{use.days} d" if use.days else str(use.discount)
    alarm = DiscountOverused(
        order=order.reference, customer=order.customer_id, promotion=discount_code.code, saved=benefit
    )
    return alarm.raise_event(f"{alarm.name}:{order.id}", use.used_at)


def _days(discount_code: DiscountCode, order: Order, entry: LedgerEntry) -> LedgerEntry:
    return LedgerEntry(
        subscription_id=entry.subscription_id,
        kind=LedgerKind.TOKEN,
        source_key=f"{DISCOUNT_SOURCE}{order.id}",
        starts_at=entry.starts_at,
        length=timedelta(days=discount_code.days or 0),
        payment_id=entry.payment_id,
        plan_id=entry.plan_id,
        note=discount_code.code,
        created_at=entry.created_at,
    )
