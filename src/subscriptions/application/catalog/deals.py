"""Price of a purchase with the customer's promotions. Only the promotion that saves the most applies."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.alarms.alarm_kind import News, OfPurchase
from subscriptions.domain.entities.ledger import PROMOTION_SOURCE, LedgerEntry, LedgerKind
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.promotion import Deal, Promotion, PromotionUse, deal_for
from subscriptions.domain.entities.service_plan import LIFETIME, Buyers, ServicePlan
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import CustomerId, OrderId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, GatewayDescriptor
from subscriptions.domain.ports.repositories.promotions import PROMOTIONS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.ledger import LEDGER
from subscriptions.domain.services import payment_policy
from subscriptions.domain.services.purchase import Purchase

_STEPS: Final = (1, 10, 100)
"""Possible steps of amounts, in minor units. A few providers charge no decimals, or only two of three."""


@dataclass(frozen=True, kw_only=True)
class Product:
    """Plan as a customer would buy it with one payment method.

    price: price without a promotion. trial: True if the purchase begins with a trial. charges: function that returns
    True if the method can charge an amount.
    """

    plan: ServicePlan
    price: Money
    renews: bool
    trial: bool
    first_price: bool
    charges: Callable[[Money], bool]

    def deal(self, promotion: Promotion) -> Deal | None:
        """Return the deal of a promotion for this product; None if it has no effect."""
        no_more = self.plan.duration_days == LIFETIME or self.plan.ends_on is not None
        if (no_more and promotion.days is not None) or not promotion.fits(self.plan.id):
            return None
        for step in _STEPS:
            deal = deal_for(
                promotion, self.price, renews=self.renews, trial=self.trial, first_price=self.first_price, step=step
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
    uow: UnitOfWork, promotion: Promotion, customer_id: CustomerId, now: datetime, apart_from: Collection[OrderId]
) -> bool:
    """Return True if the promotion is running, has uses left, and may still be used by the customer. An open checkout
    reserves a use.

    apart_from: orders of the customer whose checkouts are not counted.
    """
    return promotion.is_running(now) and await _place_left(uow, promotion, customer_id, now, apart_from)


async def _place_left(
    uow: UnitOfWork, promotion: Promotion, customer_id: CustomerId, now: datetime, apart_from: Collection[OrderId]
) -> bool:
    count_taken = uow.of(PROMOTIONS_KEY).count_taken
    if promotion.once and await count_taken(promotion.id, now, apart_from=apart_from, customer_id=customer_id):
        return False
    return promotion.uses is None or await count_taken(promotion.id, now, apart_from=apart_from) < promotion.uses


async def open_orders(uow: UnitOfWork, customer_id: CustomerId) -> list[OrderId]:
    """Return the customer's open orders. The uses that their checkouts reserve can be used for another purchase of the
    customer.
    """
    return [order.id for order in await uow.orders.open_of(customer_id)]


async def is_first(uow: UnitOfWork, promotion: Promotion, customer_id: CustomerId, plan: ServicePlan) -> bool:
    """Return True if the promotion covers a payment for the plan.

    A promotion for the first payment of a renewing plan covers no further period, whichever method is used: neither
    while the customer has a paid subscription, nor after they used the promotion for that plan.
    """
    if not (promotion.first_only and plan.recurring):
        return True
    if await uow.of(PROMOTIONS_KEY).used_for(promotion.id, customer_id, plan.id):
        return False
    live = await uow.subscriptions.live_for(customer_id, plan.id)
    entries = await uow.ledger.of_subscription(live.id) if live is not None else []
    return all(entry.kind is not LedgerKind.PAYMENT for entry in entries)


async def serves(
    uow: UnitOfWork, promotion: Promotion, customer_id: CustomerId, plan: ServicePlan, now: datetime
) -> bool:
    """Return True if the customer may pay for the plan with the promotion, if necessary instead of another open
    checkout.
    """
    uses_left = await left_for(uow, promotion, customer_id, now, await open_orders(uow, customer_id))
    return uses_left and promotion.fits(plan.id) and await is_first(uow, promotion, customer_id, plan)


async def held_by(
    uow: UnitOfWork, customer_id: CustomerId, plan: ServicePlan, now: datetime, apart_from: Collection[OrderId]
) -> list[Promotion]:
    """Return the promotions that a customer has claimed and can use for the plan now, the latest first.

    A plan that requires a code accepts only codes of its own. apart_from: as for `left_for`.
    """
    own = plan.buyers is Buyers.CODE
    return [
        each
        for each in await uow.of(PROMOTIONS_KEY).claimed_by(customer_id)
        if (not own or each.plan_id == plan.id)
        and await left_for(uow, each, customer_id, now, apart_from)
        and await is_first(uow, each, customer_id, plan)
    ]


def largest(promotions: list[Promotion], product: Product) -> Deal | None:
    """Return the deal that saves the most; of equal deals, the one claimed last."""
    deals = [deal for promotion in promotions if (deal := product.deal(promotion)) is not None]
    return max(deals, key=lambda deal: deal.worth(product.plan.days), default=None)


async def agreed_deal(uow: UnitOfWork, order: Order, product: Product, now: datetime) -> Deal | None:
    """Return the deal with which a checkout of the order is opened, and reserve its use for the order.

    Other open checkouts also reserve a use, even those of the same customer, so that no more checkouts have the reduced
    price than uses are left.
    """
    promotions = await held_by(uow, order.customer_id, product.plan, now, [order.id])
    while (deal := largest(promotions, product)) is not None:
        if await _reserve(uow, deal.promotion, order, now):
            return deal
        promotions.remove(deal.promotion)
    return None


async def _reserve(uow: UnitOfWork, promotion: Promotion, order: Order, now: datetime) -> bool:
    """Reserve a use for the order if it has none yet. Returns False if none is left."""
    if promotion.uses is None and not promotion.once:
        return True
    # The lock on the promotion's row serialises orders that want the last use.
    await uow.of(PROMOTIONS_KEY).get(promotion.id, lock=True)
    if await uow.of(PROMOTIONS_KEY).is_reserved(promotion.id, order.id):
        return True
    uses_left = await _place_left(uow, promotion, order.customer_id, now, [order.id])
    return uses_left and await uow.of(PROMOTIONS_KEY).reserve(promotion, order, now)


async def use_promotion(uow: UnitOfWork, purchase: Purchase, entry: LedgerEntry) -> None:
    """Record that a paid order used its promotion, once per order. The caller has stored the subscription.

    The promotion's extra days are added to the period in `entry` and are taken back together with it. A payment at an
    expired checkout still gets the agreed promotion; the owners are notified if that exceeds the number of uses.
    """
    attempt, order = purchase.attempt, purchase.order
    if purchase.subscription is not None or attempt is None or attempt.promotion_id is None:
        return
    promotion = await uow.of(PROMOTIONS_KEY).get(attempt.promotion_id)
    if promotion is None or await uow.of(PROMOTIONS_KEY).use_of(order.id) is not None:
        return
    use = PromotionUse(
        order_id=order.id,
        promotion_id=promotion.id,
        customer_id=order.customer_id,
        discount=attempt.discount or Money(0, order.price.currency),
        days=promotion.days or 0,
        used_at=entry.created_at,
    )
    is_repeated = (
        promotion.first_only
        and order.recurring
        and await uow.of(PROMOTIONS_KEY).used_for(promotion.id, use.customer_id, order.plan_id)
    )
    if is_repeated or not await _reserve(uow, promotion, order, entry.created_at):
        uow.record(_overuse_alarm(promotion, order, use))
    await uow.of(PROMOTIONS_KEY).add_use(use)
    if promotion.days is not None:
        await uow.write(LEDGER).add_if_new(_days(promotion, order, entry))


class PromotionOverused(OfPurchase):
    """Alarm: a checkout with a promotion was paid after another customer or checkout had taken its use."""

    name = "promotion_overused"
    closes = News()
    promotion: str
    saved: str


def _overuse_alarm(promotion: Promotion, order: Order, use: PromotionUse) -> AlarmRaised:
    benefit = f"{use.days} d" if use.days else str(use.discount)
    alarm = PromotionOverused(
        order=order.reference, customer=order.customer_id, promotion=promotion.code, saved=benefit
    )
    return alarm.raise_event(f"{alarm.name}:{order.id}", use.used_at)


def _days(promotion: Promotion, order: Order, entry: LedgerEntry) -> LedgerEntry:
    return LedgerEntry(
        subscription_id=entry.subscription_id,
        kind=LedgerKind.TOKEN,
        source_key=f"{PROMOTION_SOURCE}{order.id}",
        starts_at=entry.starts_at,
        length=timedelta(days=promotion.days or 0),
        payment_id=entry.payment_id,
        note=promotion.code,
        created_at=entry.created_at,
    )
