"""Days of other plans that wait until the current plan's days are over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from subscriptions.application.dto.typed_answers import Fact
from subscriptions.domain.entities.ledger import LEAST_TIME, waiting_time
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class WaitingDays:
    """Days of a plan that a customer has, and that wait because another plan is in effect.

    soft_id, plan: slug and name of the plan
    length: time that waits
    begins: time at which the days begin to run; None while the plan in effect renews without an end
    """

    soft_id: str
    plan: str
    length: timedelta
    begins: datetime | None

    @property
    def days(self) -> int:
        """Number of days, rounded up."""
        return ceil(self.length / _DAY)


async def waiting_days(
    uow: UnitOfWork, subscription: Subscription, grace: timedelta, now: datetime
) -> tuple[WaitingDays, ...]:
    """Return the days that wait behind the subscription, in the order in which they will run, which is that of
    `BeginWaitingTime`. Empty for a subscription that has ended.

    The days of a plan to which the subscription changes at a renewal begin with that change, and the others once the
    subscription ends.
    """
    if not subscription.live:
        return ()
    lengths = dict[str, tuple[ServicePlan, timedelta]]()
    entries = access_policy.with_rest(subscription, await uow.ledger.of_subscription(subscription.id), now)
    for plan_id, items in waiting_time(entries).items():
        plan, length = await uow.plans.get(plan_id), sum((length for _, length in items), timedelta())
        if plan is not None and length >= LEAST_TIME:
            lengths[plan.soft_id] = plan, length
    begins = None if subscription.renews else access_policy.shown_end(subscription, grace, now)
    found = list[WaitingDays]()
    for plan, length in sorted(lengths.values(), key=lambda each: each[0].price_rank, reverse=True):
        if plan.id == subscription.coming_plan_id:
            at = subscription.next_plan_at
            found.insert(0, WaitingDays(soft_id=plan.soft_id, plan=plan.name, length=length, begins=at))
            continue
        found.append(WaitingDays(soft_id=plan.soft_id, plan=plan.name, length=length, begins=begins))
        begins = begins + length if begins is not None else None
    return tuple(found)


def waiting_facts(waiting: Sequence[WaitingDays]) -> dict[str, Fact]:
    """Return the facts of a preview that names waiting days: their number and their plans."""
    return {"days": sum(each.days for each in waiting), "plans": ", ".join(each.plan for each in waiting)}
