"""Plans shown to one customer: those that the customer may buy now, and those that only holders of another plan may
buy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.plan_buyers import had_before, refusals
from subscriptions.domain.entities.service_plan import PlanCard
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.buyer_policy import BuyerRefusal
from subscriptions.domain.services.trial_marks import NO_MARKS, TrialMarks


@dataclass(frozen=True)
class ShowOffers:
    """Use case that lists the plans on sale, without plans that are hidden, require a code or exclude this customer.

    The customer's current plans stay listed, as do plans for holders of another plan. The card of such a plan names the
    other plan.
    """

    units: UnitOfWorkFactory
    browse_plans: BrowsePlans
    trial_marks: TrialMarks = NO_MARKS

    async def __call__(self, telegram_id: TelegramId) -> Sequence[PlanView]:
        """Return the plans in the operator's order. A plan that the customer had before has no trial."""
        plan_views = [view for view in await self.browse_plans.all() if view.is_listed]
        if not any(view.is_restricted or view.trial_days for view in plan_views):
            return plan_views
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            plans = await uow.plans.all()
            tried = {
                plan.soft_id
                for plan in plans
                if plan.trial_days and await had_before(uow, customer, plan, self.trial_marks)
            }
            refusal_by_plan = await refusals(uow, customer, plans, self.trial_marks)
            live = {item.plan_id for item in await uow.subscriptions.of_customer(customer.id) if item.live}
        offers = {
            plan.soft_id
            for plan in plans
            if refusal_by_plan.get(plan.id) in {None, BuyerRefusal.HOLDERS} or plan.id in live
        }
        return [
            view.without_trial() if view.soft_id in tried else view for view in plan_views if view.soft_id in offers
        ]

    async def alternatives(self, telegram_id: TelegramId, plan: PlanCard) -> Sequence[PlanView]:
        """Return the plans that a customer may buy instead of a plan that excludes the customer. Plans whose holders
        may buy the excluded plan come first.
        """
        others = [view for view in await self(telegram_id) if view.soft_id != plan.soft_id]
        return sorted(others, key=lambda view: view.soft_id not in plan.holders_of)
