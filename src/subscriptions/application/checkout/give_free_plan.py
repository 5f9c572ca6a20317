"""Free plans: a customer accepts the plan and gets it without a provider or a receipt."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import structlog

from subscriptions.application.access.give_time import GiveTime, TimeGrant
from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanUnavailable
from subscriptions.application.checkout.purchase_terms import Barred, TermsNotAccepted, refuse_buyer, refuse_second
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.billing_period import Calendar
from subscriptions.domain.services.trial_marks import NO_MARKS, TrialMarks

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class FreeTime:
    """Result of accepting a free plan: the plan and the new end of access."""

    plan_name: str
    access_end: datetime


@dataclass(frozen=True)
class GiveFreePlan:
    """Use case that grants one period of a free plan, once per person unless the plan allows more. Two periods are
    never granted concurrently.
    """

    units: UnitOfWorkFactory
    browse_plans: BrowsePlans
    give_time: GiveTime
    clock: Clock
    policy: Policy
    trial_marks: TrialMarks = NO_MARKS

    async def __call__(self, telegram_id: TelegramId, soft_id: str) -> FreeTime:
        """Grant one period of the plan. Raises PlanUnavailable, also if the plan now has a price.

        Also raises Barred, TermsNotAccepted, AlreadySubscribed, PaymentUnderReview and NotTheirs, and RetryLater while
        the database is overloaded.
        """
        async with self.units() as uow:
            plan = await self.browse_plans.get_offered(uow, soft_id)
            # The lock on the customer's row serializes concurrent presses of the button.
            customer = await known_customer(uow, telegram_id, lock=True)
            if not plan.free:
                raise PlanUnavailable(soft_id)
            if customer.barred_at is not None:
                raise Barred(soft_id)
            if not customer.has_accepted(*self.policy.terms):
                raise TermsNotAccepted(soft_id)
            now = await self.clock.confirm()
            await refuse_second(uow, customer, plan, self.policy.zones.home, now, renews=True)
            await refuse_buyer(uow, customer, plan, self.trial_marks, now)
            given_time = await self.give_time.find(uow, customer, plan, plan.price, now)
            key = f"free:{given_time.subscription.id}"
            length = plan.cut_length(now, _length(plan, now, self.policy.zones.home), self.policy.zones.home)
            time_grant = TimeGrant(
                kind=LedgerKind.FREE_PERIOD,
                source_key=key,
                length=length,
                price=plan.price,
                cause=key,
                is_requested=True,
            )
            await self.give_time.add(uow, given_time, customer, plan, time_grant, now)
            await uow.commit()
        log.info("free plan given", plan=soft_id, subscription=str(given_time.subscription.id))
        return FreeTime(plan_name=plan.name, access_end=given_time.subscription.access_until or now)


def _length(plan: ServicePlan, now: datetime, zone: tzinfo) -> timedelta:
    if plan.recurring and plan.interval is not None:
        return Calendar(zone).length(now, plan.interval, plan.interval_count)
    return timedelta(days=plan.days)
