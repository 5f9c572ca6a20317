"""Test of a payment method by an owner, who makes a real purchase as a customer would."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.checkout.start_checkout import CheckoutView, StartCheckout
from subscriptions.application.people.staff_desk import OwnExecution, StaffDesk, acts, with_permission
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True)
class TryMethod:
    """Use case that tests a payment method, including one that customers do not see yet."""

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk
    browse_plans: BrowsePlans
    start_checkout: StartCheckout

    @with_permission(StaffAction.ARRANGE_METHODS)
    async def plans(self, _: TelegramId, provider: str) -> Sequence[PlanView]:
        """Return the plans that the method can charge, cheapest first. Raises NotAllowed."""
        plan_views = await self.browse_plans.payable_by(provider)
        return sorted(plan_views, key=lambda plan: Decimal(plan.price_by(provider).decimal))

    @with_permission(StaffAction.ARRANGE_METHODS)
    async def __call__(self, actor: TelegramId, provider: str, soft_id: str) -> CheckoutView:
        """Open and return a checkout for the test. Raises NotAllowed, and the errors of StartCheckout."""
        checkout = await self.start_checkout(actor, soft_id, provider, trial=True)
        await self._note(actor, provider, checkout.reference, soft_id)
        return checkout

    @acts(StaffAction.ARRANGE_METHODS)
    async def _note(self, execution: OwnExecution, provider: str, reference: str, soft_id: str) -> None:
        await execution.note(provider, "tried by a purchase of one's own", order=reference, plan=soft_id)
