"""On which terms somebody may buy a plan: by which methods, and what they are refused for."""

from collections.abc import Sequence

from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import payment_policy
from subscriptions.domain.services.pricing import OwnPrices


class TermsNotAccepted(UmbralError):
    """The customer has to accept the terms in force, and be of age, first."""


class AlreadySubscribed(UmbralError):
    """The customer has this plan. can_undo: it is canceled and the cancellation can be taken back."""

    def __init__(self, soft_id: str, *, can_undo: bool) -> None:
        super().__init__(soft_id)
        self.soft_id = soft_id
        self.can_undo = can_undo


class PaymentUnderReview(UmbralError):
    """Money for this plan is on record, gives nothing by itself, and a person looks into it. reference: the order's."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


class Barred(UmbralError):
    """The operator's people barred this customer from buying."""


class NoPaymentMethod(UmbralError):
    """No configured provider can take this plan and currency, or not the one that was asked for."""


class ChooseMethods:
    """Who has time of a plan can add to it only by what charges once: nothing that renews begins beside it."""

    def __init__(self, browse_plans: BrowsePlans) -> None:
        self._browse_plans = browse_plans

    async def __call__(
        self, uow: UnitOfWork, customer: Customer, plan: ServicePlan, own: OwnPrices, wishes: Sequence[PaymentMethod]
    ) -> tuple[str, ...]:
        """In the operator's order. All that take the plan, where none fits: each says then why it does not."""
        methods = self._browse_plans.methods(plan, own, wishes)
        live = await uow.subscriptions.live_for(customer.id, plan.id)
        if live is None:
            return methods
        fitting = [
            code for code in methods if payment_policy.extendable(live, renews=self._browse_plans.renews(plan, code))
        ]
        return tuple(fitting) or methods
