"""What a purchase costs by the promotions that its customer holds: the largest counts, and only that one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.promotion import Deal, Promotion, PromotionUse, deal_for
from subscriptions.domain.entities.service_plan import LIFETIME, ServicePlan
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, GatewayDescriptor
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import payment_policy
from subscriptions.domain.services.purchase import Purchase


@dataclass(frozen=True, kw_only=True)
class Ware:
    """What somebody would buy by one method. price: without a promotion. trial: it begins with one. charges: whether
    the method can charge just that much.
    """

    plan: ServicePlan
    price: Money
    renews: bool
    trial: bool
    first_price: bool
    charges: Callable[[Money], bool]

    def deal(self, promotion: Promotion) -> Deal | None:
        """What the promotion makes of it; None = nothing."""
        no_more = self.plan.duration_days == LIFETIME or self.plan.ends_on is not None
        if (no_more and promotion.days is not None) or not promotion.fits(self.plan.id):
            return None
        deal = deal_for(promotion, self.price, renews=self.renews, trial=self.trial, first_price=self.first_price)
        return deal if deal is None or deal.asked == self.price or self.charges(deal.asked) else None


def ware(plan: ServicePlan, price: Money, descriptor: GatewayDescriptor, *, trial: bool) -> Ware:
    """A plan as one method sells it."""
    renews = payment_policy.renews_by(descriptor.capabilities, recurring=plan.recurring)
    first_price = Capability.FIRST_PRICE in descriptor.capabilities
    return Ware(
        plan=plan,
        price=price,
        renews=renews,
        trial=trial and renews,
        first_price=first_price,
        charges=descriptor.charges,
    )


async def left_for(uow: UnitOfWork, promotion: Promotion, customer_id: CustomerId, now: datetime) -> bool:
    """Whether it runs, is not used up, and was not used by this person where it is once a person."""
    if not promotion.running(now):
        return False
    if promotion.once and await uow.promotions.used_by(promotion.id, customer_id):
        return False
    return promotion.uses is None or await uow.promotions.taken(promotion.id, now, customer_id) < promotion.uses


async def held_by(uow: UnitOfWork, customer_id: CustomerId, now: datetime) -> list[Promotion]:
    """Those that somebody came with and may begin with now, the last first."""
    claimed = await uow.promotions.claimed_by(customer_id)
    return [each for each in claimed if await left_for(uow, each, customer_id, now)]


def largest(promotions: list[Promotion], sold: Ware) -> Deal | None:
    """The one that saves most; of equals the one they came with last."""
    deals = [deal for promotion in promotions if (deal := sold.deal(promotion)) is not None]
    return max(deals, key=lambda deal: deal.worth(sold.plan.days), default=None)


async def agreed_deal(uow: UnitOfWork, customer: Customer, sold: Ware, now: datetime) -> Deal | None:
    """The deal that a page is opened at. A promotion with a limit is held until the unit of work ends: of many at the
    same moment no more get it than may.
    """
    promotions = await held_by(uow, customer.id, now)
    while (deal := largest(promotions, sold)) is not None:
        if deal.promotion.uses is None:
            return deal
        await uow.promotions.get(deal.promotion.id, lock=True)
        if await left_for(uow, deal.promotion, customer.id, now):
            return deal
        promotions.remove(deal.promotion)
    return None


async def use_promotion(uow: UnitOfWork, purchase: Purchase, entry: LedgerEntry) -> None:
    """The order is paid at a page that carried a promotion: it is used, once an order, and its days are on top of what
    was paid, by `entry`, whose fate they share. What begins here is stored already.

    Where it is once a person, their other pages that carry it are closed.
    """
    attempt, order = purchase.attempt, purchase.order
    if purchase.subscription is not None or attempt is None or attempt.promotion_id is None:
        return
    found = await uow.promotions.get(attempt.promotion_id)
    if found is None:
        return
    use = PromotionUse(
        order_id=order.id,
        promotion_id=found.id,
        customer_id=order.customer_id,
        discount=attempt.discount or Money(0, order.price.currency),
        days=found.days or 0,
        used_at=entry.created_at,
    )
    await uow.promotions.add_use(use)
    if found.days is not None:
        await uow.ledger.add_if_new(_days(found, order, entry))
    if found.once:
        await _let_go(uow, order, found)


def _days(promotion: Promotion, order: Order, entry: LedgerEntry) -> LedgerEntry:
    return LedgerEntry(
        subscription_id=entry.subscription_id,
        kind=LedgerKind.TOKEN,
        source_key=f"promotion:{order.id}",
        starts_at=entry.starts_at,
        length=timedelta(days=promotion.days or 0),
        payment_id=entry.payment_id,
        note=promotion.code,
        created_at=entry.created_at,
    )


async def _let_go(uow: UnitOfWork, paid: Order, promotion: Promotion) -> None:
    for order in await uow.orders.open_of(paid.customer_id, lock=True):
        carry = any(attempt.promotion_id == promotion.id for attempt in await uow.orders.attempts(order.id))
        if order.id != paid.id and carry and not await uow.payments.waiting_parts([order.id]):
            order.let_go()
            await uow.orders.save(order)
