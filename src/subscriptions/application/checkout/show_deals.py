"""Prices of plans with a customer's discount codes, shown before the customer chooses a payment method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.catalog.deals import held_by, largest, open_orders, product_of
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.plan_buyers import had_before
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.discount_code import Deal, DiscountCode
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.trial_marks import NO_MARKS, TrialMarks


@dataclass(frozen=True)
class ShowDeals:
    """Use case that adds to plan views the customer's first charge by each payment method, reduced by
    a discount code.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock
    trial_marks: TrialMarks = NO_MARKS

    async def __call__(self, telegram_id: TelegramId, views: Sequence[PlanView]) -> Sequence[PlanView]:
        """Return the views with the customer's discounted charges; unchanged for a customer without discount codes."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            if not await uow.of(DISCOUNTS_KEY).claimed_by(customer.id):
                return views
            plans = {plan.soft_id: plan for plan in await uow.plans.all()}
            plan_views = []
            for view in views:
                plan = plans.get(view.soft_id)
                plan_views.append(await self._with_deals(uow, customer, view, plan) if plan is not None else view)
        return plan_views

    async def _with_deals(self, uow: UnitOfWork, customer: Customer, view: PlanView, plan: ServicePlan) -> PlanView:
        now = self.clock.now()
        # The same rule applies at the checkout: a customer who had the plan before gets no trial, so a code can reduce
        # the first period.
        trial = plan.trial_days > 0 and not await had_before(uow, customer, plan, self.trial_marks)
        order = await uow.orders.open_for(customer.id, plan.id)
        mine = [order.id] if order is not None else []
        deals = self._deals(await held_by(uow, customer.id, plan, now, mine), view, plan, trial=trial)
        if deals:
            return replace(view, deals=deals)
        # The viewed plan may also have a discount code that is reserved by another open checkout of the customer.
        every = await held_by(uow, customer.id, plan, now, await open_orders(uow, customer.id))
        elsewhere_deals = self._deals(every, view, plan, trial=trial)
        return replace(view, reservation=next((deal.code for deal in elsewhere_deals.values()), None))

    def _deals(
        self, discount_codes: list[DiscountCode], view: PlanView, plan: ServicePlan, *, trial: bool
    ) -> Mapping[str, Deal]:
        descriptors, deals = self.gateways.descriptors(), dict[str, Deal]()
        for code in view.methods:
            deal = largest(discount_codes, product_of(plan, view.price_by(code), descriptors[code], trial=trial))
            if deal is not None:
                deals[code] = deal
        return deals
