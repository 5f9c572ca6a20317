"""Shared parts of the staff commands on access: finding the subscription, and adding or removing time."""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.access.give_time import TimeGrant, time_grant_alert
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.staff.command import Execution, NothingToDo
from subscriptions.application.staff.inputs import DAYS
from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import PROVIDER, Subscription
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy, charge_policy

DAY: Final = timedelta(days=1)


async def live_subscription(execution: Execution) -> tuple[Subscription, Customer, ServicePlan]:
    """Lock and return the subscription on which the command acts, with its customer and plan. Raises NothingToDo if the
    subscription has ended.
    """
    known_subscription = await execution.uow.subscriptions.get(SubscriptionId(execution.subject_id))
    if known_subscription is None:
        raise NothingToDo("over")
    customer = await execution.uow.customers.get(known_subscription.customer_id, lock=True)
    subscription = await execution.uow.subscriptions.get(known_subscription.id, lock=True)
    if subscription is None or not subscription.live:
        raise NothingToDo("over")
    plan = await execution.uow.plans.get(subscription.plan_id)
    if customer is None or plan is None:
        raise NothingToDo("gone")
    return subscription, customer, plan


async def give_back_rest(
    uow: UnitOfWork, grant_access: GrantAccess, subscription: Subscription, cause: str, now: datetime
) -> None:
    """Add to the subscription the time lost during the pause for `cause`. Call this function when that pause ends.

    If another pause by Umbral still prevents access, the time is added when that pause ends.
    """
    withheld_since = subscription.withheld_since
    if withheld_since is None or withheld_since >= now or subscription.paused_for - {cause, PROVIDER}:
        return
    await grant_access.enter(uow, subscription, access_policy.rest_of_hold(subscription, withheld_since, now))


async def settle(
    execution: Execution, grant_access: GrantAccess, subscription: Subscription, customer: Customer, plan: ServicePlan
) -> None:
    """Save the subscription and update its access."""
    await execution.uow.subscriptions.save(subscription)
    await grant_access.settle(execution.uow, subscription, customer, plan, execution.at)


def time_grant_of(execution: Execution, price: Money, days: int, reason: str) -> TimeGrant:
    """Return the time that staff grant. Negative days remove time."""
    return TimeGrant(
        kind=LedgerKind.ADMIN_GRANT,
        source_key=str(execution.operation),
        length=days * DAY,
        price=price,
        note=reason,
        cause=f"admin:{execution.operation}",
    )


async def end_without_hold(uow: UnitOfWork, subscription: Subscription, now: datetime) -> datetime | None:
    """Return the end of access. While Umbral suspends the access, return the end that it would have if the suspension
    ended now. Return None for a subscription that never had time.
    """
    entries = await uow.ledger.of_subscription(subscription.id)
    return ledger.access_until(access_policy.with_rest(subscription, entries, now))


def end_after(
    subscription: Subscription, access_end: datetime | None, days: int, now: datetime, notice: timedelta
) -> datetime:
    """Return the new end of access after adding days.

    access_end: current end of access
    notice: time by which the announcement of a charge precedes the charge

    Raises InvalidInput("days_past") for an end in the past, InvalidInput("for_life") for access without an end, and
    Wrong if the end would fall into a period that the provider bills.
    """
    refuse_for_life(subscription)
    end = max(access_end or now, now) + days * DAY
    if end <= now:
        raise InvalidInput("days_past", "would end it in the past")
    earliest = charge_policy.earliest_end(subscription, now, notice)
    if days < 0 and earliest is not None and end < earliest:
        spare = max((access_end or now) - earliest, timedelta()).days
        raise Wrong("days_billed", question=DAYS.name, days=str(spare), until=earliest)
    return end


def refuse_for_life(subscription: Subscription) -> None:
    """Raise InvalidInput("for_life") if the access has no end."""
    if subscription.for_life:
        raise InvalidInput("for_life", "they have it for life: no days can be added or taken")


async def alert_owners(
    execution: Execution, customer: Customer, plan: ServicePlan, subscription: Subscription, silence: timedelta
) -> None:
    """Alert the owners if staff granted more time in total than `silence`, or granted time to a staff member.

    `silence`: total granted time above which the owners are alerted.
    """
    uow: UnitOfWork = execution.uow
    entries = await uow.ledger.of_subscription(subscription.id)
    duration = sum((entry.length for entry in entries if entry.kind is LedgerKind.ADMIN_GRANT), timedelta())
    entry = next((each for each in entries if each.source_key == str(execution.operation)), None)
    more = entry is not None and entry.length > timedelta()
    if more and (duration > silence or customer.staff_role is not None):
        uow.record(time_grant_alert(execution.actor.name, customer, plan, duration, str(execution.operation)))
