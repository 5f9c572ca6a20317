"""On which terms somebody may buy a plan: by which methods, and what they are refused for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

import structlog

from subscriptions.application.alarms.under_review import held_purchases
from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.catalog.sync_prices import PlanWithoutPrice
from subscriptions.application.promotions.deals import held_by, open_orders
from subscriptions.application.subscriptions.plan_buyers import had_before, refusals
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.service_plan import Buyers, ServicePlan
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import payment_policy
from subscriptions.domain.services.buyer_policy import BuyerRefusal
from subscriptions.domain.services.pricing import OwnPrices
from subscriptions.domain.services.trial_marks import TrialMarks

log = structlog.get_logger(__name__)


class TermsNotAccepted(UmbralError):
    """The customer has to accept the terms in force, and be of age, first."""


class AlreadySubscribed(UmbralError):
    """The customer has this plan. can_undo: it is canceled and the cancellation can be taken back. for_life: it is
    theirs for good.
    """

    def __init__(self, soft_id: str, *, can_undo: bool, for_life: bool = False) -> None:
        super().__init__(soft_id)
        self.soft_id = soft_id
        self.can_undo = can_undo
        self.for_life = for_life


class PaymentUnderReview(UmbralError):
    """Money for this plan is on record, gives nothing by itself, and a person looks into it. reference: the order's."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


class NotTheirs(UmbralError):
    """The plan is for others than this person, or they had it as often as one may. reason: which rule says so. plan: as
    it would be sold.
    """

    def __init__(self, plan: ServicePlan, reason: BuyerRefusal) -> None:
        super().__init__(f"{plan.soft_id}: {reason}")
        self.plan = plan
        self.reason = reason


class CountryNotServed(UmbralError):
    """The operator does not sell where the customer buys from, or the customer has not said where that is."""


class DeclarationRequired(UmbralError):
    """The customer withdrew repeatedly of late: they have to ask to begin at once, and lose the right by that."""


class FreePlan(UmbralError):
    """The plan costs nothing: there is nothing to pay, only to say yes to."""


class PaidAlready(UmbralError):
    """The page that is there was paid, or is being paid: the provider says so, and our books will in a moment."""


class Barred(UmbralError):
    """The operator's people barred this customer from buying."""


class NoPaymentMethod(UmbralError):
    """No configured provider can take this plan and currency, or not the one that was asked for."""


@dataclass(frozen=True)
class ChooseMethods:
    """Who has time of a plan can add to it only by what charges once: nothing that renews begins beside it."""

    browse_plans: BrowsePlans

    async def __call__(
        self, uow: UnitOfWork, customer: Customer, plan: ServicePlan, own: OwnPrices, wishes: Sequence[PaymentMethod]
    ) -> tuple[str, ...]:
        """In the operator's order. All that take the plan, where none fits: each says then why it does not."""
        methods = self.browse_plans.methods(plan, own, wishes)
        live = await uow.subscriptions.live_for(customer.id, plan.id)
        if live is None:
            return methods
        fitting_methods = [
            code for code in methods if payment_policy.extendable(live, renews=self.browse_plans.renews(plan, code))
        ]
        return tuple(fitting_methods) or methods


async def refuse_second(uow: UnitOfWork, customer: Customer, plan: ServicePlan, zone: tzinfo, *, renews: bool) -> None:
    """Raises AlreadySubscribed and PaymentUnderReview. renews: what would be bought charges again by itself. Of what
    costs nothing there is never more than one, nor of what ends on a day that is reached or is had for life.
    """
    live = await uow.subscriptions.live_for(customer.id, plan.id)
    has_all = live is not None and (plan.free or payment_policy.has_all(live, plan, zone))
    if live is not None and (has_all or not payment_policy.extendable(live, renews=renews)):
        raise AlreadySubscribed(plan.soft_id, can_undo=live.undoable, for_life=live.for_life)
    if any(each.live and each.coming_plan_id == plan.id for each in await uow.subscriptions.of_customer(customer.id)):
        # They go over to it at their next renewal: bought beside that, it would be paid twice.
        raise AlreadySubscribed(plan.soft_id, can_undo=False)
    order = (await held_purchases(uow, customer.id)).get(plan.id)
    if order is not None:
        raise PaymentUnderReview(order.reference)


_MADE_WITHIN: Final = timedelta(minutes=5)
"""How long the job that makes the price objects of a changed plan may take before it is nobody's news."""


async def tell_missing_price(uow: UnitOfWork, plan: ServicePlan, provider: str, now: datetime) -> None:
    """Nobody is charged a price that nobody agreed with the provider; the owner has to make it, unless the plan was
    changed at this moment and it is being made.
    """
    if plan.updated_at is not None and now - plan.updated_at < _MADE_WITHIN:
        log.info("the plan's new price is being made at the provider", plan=plan.soft_id, provider=provider)
        return
    alarm = PlanWithoutPrice(plan=plan.soft_id, provider=provider)
    uow.record(alarm.raise_event(f"plan_without_price:{plan.id}:{provider}"))
    await uow.commit()
    log.error("plan without a price at the provider", plan=plan.soft_id, provider=provider)


async def as_sold_to(uow: UnitOfWork, customer: Customer, plan: ServicePlan, marks: TrialMarks) -> ServicePlan:
    """The plan as this person buys it: its trial is for newcomers, and who had it before pays, by any method."""
    is_known = plan.trial_days > 0 and await had_before(uow, customer, plan, marks)
    return replace(plan, trial_days=0) if is_known else plan


async def refuse_buyer(
    uow: UnitOfWork, customer: Customer, plan: ServicePlan, marks: TrialMarks, now: datetime
) -> None:
    """Raise NotTheirs where the plan's own rules keep this person from buying it. What costs nothing and takes a code
    is had by an activation code alone: no promotion makes anything of it.
    """
    codes = set()
    if plan.buyers is Buyers.CODE and not plan.free:
        pages = await open_orders(uow, customer.id)
        codes = {plan.id} if await held_by(uow, customer.id, plan, now, pages) else set()
    refusal = (await refusals(uow, customer, [plan], marks, codes=codes)).get(plan.id)
    if refusal is not None:
        raise NotTheirs(plan, refusal)
