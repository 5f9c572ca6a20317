"""Open purchases of a plan that a customer also wants to change to, so that the plan is not paid twice."""

from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.application.alarms.under_review import held_purchases
from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.check_page import CheckPage, Page
from subscriptions.application.subscriptions.offered_changes import BeingBought
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId, PlanId, TelegramId
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True)
class OpenPurchases:
    """Service that finds and cancels the open purchases of the plans of a plan change."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    browse_plans: BrowsePlans

    async def refuse_paid(self, telegram_id: TelegramId, soft_id: str) -> None:
        """Raise BeingBought if a provider reports that a separate purchase of the plan is paid, or that the payment is
        under way at the bank.
        """
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            plan = await uow.plans.by_soft_id(soft_id)
            attempts = await payable_attempts(uow, customer.id, plan.id) if plan is not None else ()
        check_page = CheckPage(self.units, self.gateways)
        for attempt in attempts:
            if await check_page(attempt) is Page.PAID:
                raise BeingBought(soft_id)

    async def cancel(
        self, uow: UnitOfWork, orders: Sequence[Order], current: ServicePlan, target: ServicePlan, *, now: bool
    ) -> None:
        """Cancel the open orders that would pay for a plan twice, and close their checkouts. Orders with a partial
        payment and orders of gifts stay open.

        Before a change that takes effect now, those are the orders of the old plan, and those of the new plan that
        would start a renewing subscription. Before a change at the renewal, they are all orders of the new plan.

        orders: the customer's open orders, locked
        """
        for order in orders:
            mine = order.plan_id == target.id or (now and order.plan_id == current.id)
            if not mine or order.for_another or await uow.payments.waiting_parts([order.id]):
                continue
            attempts = await uow.orders.attempts(order.id)
            renews = any(self.browse_plans.renews(target, attempt.provider) for attempt in attempts)
            if not now or renews or order.plan_id == current.id:
                order.let_go()
                await uow.orders.save(order)


async def payable_attempts(uow: UnitOfWork, customer_id: CustomerId, plan_id: PlanId) -> Sequence[CheckoutAttempt]:
    """Return the customer's open attempts to buy the plan that are not known to be paid. A payment may be under way."""
    attempts = await uow.orders.open_attempts(customer_id, plan_id)
    orders = [await uow.orders.get(attempt.order_id) for attempt in attempts]
    return [
        attempt
        for attempt, order in zip(attempts, orders, strict=True)
        if order is not None and order.status is not OrderStatus.PAID
    ]


async def taken_plans(uow: UnitOfWork, customer: Customer, live: Sequence[Subscription]) -> set[PlanId]:
    """Return the plans that the customer can't change to: those that the customer has or has agreed to, and those with
    a purchase that is partly paid or under review.

    live: the customer's live subscriptions
    """
    open_orders = [order for order in await uow.orders.open_of(customer.id) if not order.for_another]
    parts = {part.order_id for part in await uow.payments.waiting_parts([order.id for order in open_orders])}
    plan_ids = {item.plan_id for item in live} | {item.next_plan_id for item in live if item.next_plan_id is not None}
    plan_ids |= {order.plan_id for order in open_orders if order.id in parts}
    return plan_ids | set(await held_purchases(uow, customer.id))
