"""Conditions of a purchase: the payment methods that can be used, and the reasons to refuse the purchase."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

import structlog

from subscriptions.application.alarms.under_review import held_purchases
from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.catalog.deals import held_by, open_orders
from subscriptions.application.dto import jobs
from subscriptions.application.subscriptions.plan_buyers import had_before, refusals
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.service_plan import Buyers, ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import payment_policy
from subscriptions.domain.services.buyer_policy import BuyerRefusal
from subscriptions.domain.services.pricing import OwnPrices
from subscriptions.domain.services.trial_marks import TrialMarks

log = structlog.get_logger(__name__)


class TermsNotAccepted(UmbralError):
    """Error: the customer must first accept the current terms and confirm that they are of age."""


class AlreadySubscribed(UmbralError):
    """Error: the customer already has this plan.

    can_undo: True if the cancellation can be undone
    for_life: True for lifetime access
    """

    def __init__(self, soft_id: str, *, can_undo: bool, for_life: bool = False) -> None:
        super().__init__(soft_id)
        self.soft_id = soft_id
        self.can_undo = can_undo
        self.for_life = for_life


class PaymentUnderReview(UmbralError):
    """Error: a payment for this plan is under review. `reference`: reference of the payment's order."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


class NotTheirs(UmbralError):
    """Error: the plan's rules exclude this customer, or the customer has had the plan as often as allowed.

    reason: rule that excludes the customer
    plan: plan as it would be sold to the customer
    """

    def __init__(self, plan: ServicePlan, reason: BuyerRefusal) -> None:
        super().__init__(f"{plan.soft_id}: {reason}")
        self.plan = plan
        self.reason = reason


class CountryNotServed(UmbralError):
    """Error: the operator does not sell in the customer's country, or the customer has not stated their country."""


class DeclarationRequired(UmbralError):
    """Error: the customer has withdrawn from contracts repeatedly and must now request an immediate start, which ends
    the right of withdrawal.
    """


class FreePlan(UmbralError):
    """Error: the plan is free, so the customer only has to accept it."""


class PaidAlready(UmbralError):
    """Error: the provider reports that the existing checkout is paid or being paid, but the payment has not been
    applied yet.
    """


class Barred(UmbralError):
    """Error: staff barred this customer from buying."""


class NoPaymentMethod(UmbralError):
    """Error: no configured provider can charge this plan and currency, or the requested provider can't."""


def usable_methods(
    browse_plans: BrowsePlans,
    plan: ServicePlan,
    live: Subscription | None,
    own: OwnPrices,
    wishes: Sequence[PaymentMethod],
) -> tuple[str, ...]:
    """Return the payment methods that a customer can use for a plan, in the operator's order. If no method can be used,
    return all of the plan's methods, so that the caller can show why each of them is refused.

    live: the customer's live subscription of the plan, which only one-time payments can extend while time is left; if
        its charge failed, any method can be used, and that of the charge comes last
    """
    methods = browse_plans.methods(plan, own, wishes)
    if live is None:
        return methods
    fitting_methods = [
        code for code in methods if payment_policy.extendable(live, renews=browse_plans.renews(plan, code))
    ]
    failed = live.provider if live.is_owed else None
    return tuple(sorted(fitting_methods, key=lambda code: code == failed)) or methods


async def refuse_second(
    uow: UnitOfWork, customer: Customer, plan: ServicePlan, zone: tzinfo, now: datetime, *, renews: bool
) -> None:
    """Raise AlreadySubscribed or PaymentUnderReview if the customer may not buy the plan again now.

    A customer can't buy a free plan again, nor a plan that the customer already has for life or until its last day.
    `renews`: True if the purchase would renew automatically.
    """
    live = await uow.subscriptions.live_for(customer.id, plan.id)
    has_all = live is not None and (plan.free or payment_policy.has_all(live, plan, zone))
    if live is not None and (has_all or not payment_policy.extendable(live, renews=renews)):
        raise AlreadySubscribed(plan.soft_id, can_undo=live.undoable(now), for_life=live.for_life)
    if any(each.live and each.coming_plan_id == plan.id for each in await uow.subscriptions.of_customer(customer.id)):
        # The subscription changes to this plan at its next renewal, so a purchase would be paid twice.
        raise AlreadySubscribed(plan.soft_id, can_undo=False)
    order = (await held_purchases(uow, customer.id)).get(plan.id)
    if order is not None:
        raise PaymentUnderReview(order.reference)


async def request_missing_price(uow: UnitOfWork, plan: ServicePlan, provider: str) -> None:
    """Queue the creation of the plan's price object at the provider. If the provider refuses it, the owners are
    alerted.

    Customers are only charged prices that exist at the provider.
    """
    await uow.enqueue(jobs.SyncPlanPrices(plan_id=plan.id).keyed_job(plan.id))
    await uow.commit()
    log.error("plan without a price at the provider", plan=plan.soft_id, provider=provider)


async def as_sold_to(uow: UnitOfWork, customer: Customer, plan: ServicePlan, marks: TrialMarks) -> ServicePlan:
    """Return the plan as sold to this customer: without the trial if the customer had the plan before. marks: makes the
    markers by which returning customers are recognized after an erasure.
    """
    is_known = plan.trial_days > 0 and await had_before(uow, customer, plan, marks)
    return replace(plan, trial_days=0) if is_known else plan


async def refuse_buyer(
    uow: UnitOfWork, customer: Customer, plan: ServicePlan, marks: TrialMarks, now: datetime
) -> None:
    """Raise NotTheirs if the plan's rules exclude this customer.

    A free plan that requires a code can only be obtained with an activation code; a promotion is not enough.
    """
    codes = set()
    if plan.buyers is Buyers.CODE and not plan.free:
        pages = await open_orders(uow, customer.id)
        codes = {plan.id} if await held_by(uow, customer.id, plan, now, pages) else set()
    refusal = (await refusals(uow, customer, [plan], marks, codes=codes)).get(plan.id)
    if refusal is not None:
        raise NotTheirs(plan, refusal)
