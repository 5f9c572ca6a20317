"""Policy that decides which customers may buy a plan, and validation that finds plans that no customer could ever
buy.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from subscriptions.domain.entities.service_plan import Buyers, ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PlanId


class BuyerRefusal(StrEnum):
    """Reason why a customer may not buy a plan. The plan is only for new customers, only for existing customers, can be
    bought only once, requires another plan, or requires a code.
    """

    NEWCOMERS = "newcomers"
    CUSTOMERS = "customers"
    ONE_PURCHASE = "once"
    HOLDERS = "holders"
    CODE = "code"


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Facts about a customer, to which the rules are applied.

    past_plans: plans that the customer ever had; for an erased customer, those recorded by retained markers
    was_customer: True if the customer ever had a plan, even before an erasure
    live: slugs of the current plans
    codes: plans for which the customer has a code
    """

    past_plans: Collection[PlanId] = ()
    was_customer: bool = False
    live: Collection[str] = ()
    codes: Collection[PlanId] = ()


def refusal(plan: ServicePlan, buyer: Buyer) -> BuyerRefusal | None:
    """Return the reason why the customer may not buy the plan; None if the customer may buy it.

    A further period of a current plan is not a new purchase, so manual renewals are not checked.
    """
    if plan.recurring and not plan.free and plan.soft_id in buyer.live:
        return None
    rules = {
        BuyerRefusal.ONE_PURCHASE: plan.is_once and plan.id in buyer.past_plans,
        BuyerRefusal.NEWCOMERS: plan.buyers is Buyers.NEWCOMERS and buyer.was_customer,
        BuyerRefusal.CUSTOMERS: plan.buyers is Buyers.CUSTOMERS and not buyer.was_customer,
        BuyerRefusal.CODE: plan.buyers is Buyers.CODE and plan.id not in buyer.codes,
        BuyerRefusal.HOLDERS: bool(plan.holders_of) and plan.holders_of.isdisjoint(buyer.live),
    }
    return next((reason for reason, applies in rules.items() if applies), None)


def refuse_unreachable(plans: Sequence[ServicePlan]) -> None:
    """Raise InvalidInput("holders_of") if a plan requires a plan that does not exist, or if its requirements form a
    cycle.
    """
    soft_ids = {plan.soft_id for plan in plans}
    for plan in plans:
        missing_plans = sorted(plan.holders_of - soft_ids)
        if missing_plans:
            raise InvalidInput("holders_of", f"there is no plan {missing_plans[0]}")
    reachable = {plan.soft_id for plan in plans if not plan.holders_of}
    rest = [plan for plan in plans if plan.holders_of]
    while reachable_plans := [plan for plan in rest if not plan.holders_of.isdisjoint(reachable)]:
        reachable |= {plan.soft_id for plan in reachable_plans}
        rest = [plan for plan in rest if plan.soft_id not in reachable]
    if rest:
        raise InvalidInput("holders_of", f"goes round in a circle: {_circle(rest)}; one of them must be for anybody")


def _circle(plans: Sequence[ServicePlan]) -> str:
    """Describe a cycle of required plans, such as `a needs b, b needs a`."""
    asks = {plan.soft_id: min(plan.holders_of) for plan in plans}
    path = [min(asks)]
    while path[-1] not in path[:-1]:
        path.append(asks[path[-1]])
    round_trip = path[path.index(path[-1]) :]
    return ", ".join(f"{one} needs {other}" for one, other in pairwise(round_trip))
