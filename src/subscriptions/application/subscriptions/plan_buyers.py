"""Checks whether a customer may buy a plan that is restricted by the customer's history, such as earlier plans."""

from collections.abc import Collection, Mapping, Sequence

from subscriptions.application.subscriptions.offered_changes import plans_had
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import Buyers, ServicePlan
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.repositories.former_accounts import FORMER_ACCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import buyer_policy
from subscriptions.domain.services.buyer_policy import Buyer, BuyerRefusal
from subscriptions.domain.services.trial_marks import BEEN_CUSTOMER, TrialMarks


async def had_before(uow: UnitOfWork, customer: Customer, plan: ServicePlan, marks: TrialMarks) -> bool:
    """Return True if the customer ever had this plan, even before their data was erased.

    marks: object that computes the keyed hash by which a plan of an erased customer is recognized
    """
    mark = marks.mark_of(customer.telegram_id, plan.id)
    return plan.id in await _plans_had(uow, customer) or (
        mark is not None and await uow.personal_data.has_trial_mark(mark)
    )


async def refusals(
    uow: UnitOfWork,
    customer: Customer,
    plans: Sequence[ServicePlan],
    marks: TrialMarks,
    *,
    codes: Collection[PlanId] = (),
    current_plan: PlanId | None = None,
) -> Mapping[PlanId, BuyerRefusal]:
    """Return the reasons why the customer may not buy some of these plans, keyed by plan. No data is loaded if no plan
    is restricted.

    codes: plans for which the customer has a code
    current_plan: plan that the purchase would replace
    """
    if not any(plan.is_restricted for plan in plans):
        return {}
    soft_ids = {plan.id: plan.soft_id for plan in await uow.plans.all(active_only=False)}
    subscriptions = [item for item in await uow.subscriptions.of_customer(customer.id) if item.live]
    live = {
        soft_ids[item.plan_id] for item in subscriptions if item.plan_id != current_plan and item.plan_id in soft_ids
    }
    past_plans = await _plans_had(uow, customer)
    was_customer = bool(past_plans) or await _has_mark(uow, marks.mark_of(customer.telegram_id, BEEN_CUSTOMER), plans)
    past_plans |= {plan.id for plan in plans if plan.is_once and await had_before(uow, customer, plan, marks)}
    buyer = Buyer(past_plans=past_plans, was_customer=was_customer, live=live, codes=codes)
    buyer_refusals_by_plan_id = {plan.id: buyer_policy.refusal(plan, buyer) for plan in plans}
    return {plan_id: refusal for plan_id, refusal in buyer_refusals_by_plan_id.items() if refusal is not None}


async def _plans_had(uow: UnitOfWork, customer: Customer) -> set[PlanId]:
    """Return the plans that the customer had, including plans that were transferred away from this Telegram account,
    because after a transfer nobody counts as a new customer.
    """
    past_plans = await plans_had(uow, customer.id)
    for other in await uow.of(FORMER_ACCOUNTS_KEY).taken_from(customer.telegram_id):
        past_plans |= await plans_had(uow, other)
    return past_plans


async def _has_mark(uow: UnitOfWork, mark: str | None, plans: Sequence[ServicePlan]) -> bool:
    is_asked = any(plan.buyers in {Buyers.NEWCOMERS, Buyers.CUSTOMERS} for plan in plans)
    return is_asked and mark is not None and await uow.personal_data.has_trial_mark(mark)
