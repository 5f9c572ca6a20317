"""What plans cost one person by the promotions they hold, before they choose."""

from collections.abc import Sequence
from dataclasses import replace

from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.checkout.purchase_terms import had_before
from subscriptions.application.people.customers import known_customer
from subscriptions.application.promotions.deals import held_by, largest, ware
from subscriptions.domain.entities.promotion import Deal, Promotion
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.trial_marks import UNMARKED, TrialMarks


class ShowDeals:
    """Puts into views of plans what each method charges this person for the first payment, and why."""

    def __init__(
        self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock, trial_marks: TrialMarks = UNMARKED
    ) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock
        self._trial_marks = trial_marks

    async def __call__(self, telegram_id: TelegramId, views: Sequence[PlanView]) -> Sequence[PlanView]:
        """As they are for whoever holds none."""
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            promotions = await held_by(uow, customer.id, self._clock.now())
            plans = {plan.soft_id: plan for plan in await uow.plans.all()} if promotions else {}
            known = [(view, plans.get(view.soft_id)) for view in views]
            # As at the checkout: who had the plan before has no trial, beside which a first period could not cost less.
            trials = {
                plan.id
                for _, plan in known
                if plan is not None and plan.trial_days and not await had_before(uow, customer, plan, self._trial_marks)
            }
        return [
            self._with_deals(view, plan, promotions, trial=plan.id in trials) if plan is not None else view
            for view, plan in known
        ]

    def _with_deals(self, view: PlanView, plan: ServicePlan, promotions: list[Promotion], *, trial: bool) -> PlanView:
        descriptors, deals = self._gateways.descriptors(), dict[str, Deal]()
        for code in view.methods:
            sold = ware(plan, view.price_by(code), descriptors[code], trial=trial)
            deal = largest(promotions, sold)
            if deal is not None:
                deals[code] = deal
        return replace(view, deals=deals)
