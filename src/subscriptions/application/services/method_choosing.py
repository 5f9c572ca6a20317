"""By which methods one person can pay a plan now."""

from collections.abc import Sequence

from subscriptions.application.handlers.browse_plans import BrowsePlans
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import payment_policy
from subscriptions.domain.services.pricing import OwnPrices


class MethodChoosing:
    """Who has time of a plan can add to it only by what charges once: nothing that renews begins beside it."""

    def __init__(self, plans: BrowsePlans) -> None:
        self._plans = plans

    async def __call__(
        self, uow: UnitOfWork, customer: Customer, plan: ServicePlan, own: OwnPrices, wishes: Sequence[PaymentMethod]
    ) -> tuple[str, ...]:
        """In the operator's order. All that take the plan, where none fits: each says then why it does not."""
        methods = self._plans.methods(plan, own, wishes)
        live = await uow.subscriptions.live_for(customer.id, plan.id)
        if live is None:
            return methods
        fitting = [code for code in methods if payment_policy.extendable(live, renews=self._plans.renews(plan, code))]
        return tuple(fitting) or methods
