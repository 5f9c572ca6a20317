"""Sync of the plan that a provider charges for, now and from the next renewal. The customer's access
follows the plan.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.plan_chats import own_names
from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmLink, ByCheck, OfSubscription
from subscriptions.application.alarms.alarms import SubscriptionFacts, subscription_facts
from subscriptions.application.catalog.method_prices import charged_there
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.ledger import LEAST_TIME, LedgerEntry, LedgerKind, length_waiting
from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.ledger import LEDGER
from subscriptions.domain.services import access_policy, plan_change_policy

log = structlog.get_logger(__name__)

SLACK: Final = timedelta(days=1)
"""Maximum difference between two reported renewal dates that are treated as equal."""


class ReportedByProvider(OfSubscription):
    """Base class of alarms about a fact that a provider reports. `asked`: time of the report. A later report without
    the fact closes the alarm.
    """

    closes = ByCheck(alarm_causes.said_no_more)
    asked: str


class UnknownPrice(ReportedByProvider):
    name = "unknown_price"
    closes = ByCheck(alarm_causes.price_known)
    link = AlarmLink.PLAN
    price: str


class PlanChangeConflict(ReportedByProvider):
    name = "plan_change_conflict"
    to: str


class SyncPlan:
    """Service that updates a subscription's plan and price to those that the provider charges, whether the change was
    made in Umbral or at the provider.
    """

    def __init__(self, policy: Policy) -> None:
        self._grant_access = GrantAccess(policy)

    async def __call__(
        self, uow: UnitOfWork, subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime
    ) -> None:
        """Update the subscription's plan and price from the snapshot. Must be called before the other data of the
        snapshot is applied. The caller saves the subscription.
        """
        is_outdated = subscription.synced_at is not None and snapshot.fetched_at < subscription.synced_at
        if subscription.provider is None or not subscription.live or is_outdated:
            return
        is_coming = _is_postponed(subscription, snapshot) or _waits(subscription, snapshot)
        if is_coming and not await self._first_seen(uow, subscription, snapshot):
            snapshot = _as_coming(subscription, snapshot)
        ref = snapshot.price_ref
        is_other = ref is not None and ref != subscription.price_ref
        is_known = is_other and await self._charged_by(uow, subscription, snapshot, ref or "", now)
        if not is_known and subscription.billed_plan_id is not None:
            target = await uow.plans.get(subscription.billed_plan_id)
            if target is not None and await self._free(uow, subscription, target):
                await self._switch(uow, subscription, snapshot, target, now, terms=None)
            elif target is not None:
                uow.record(_conflict(subscription, snapshot, target))
        await self._sync_next_price(uow, subscription, snapshot, now)

    async def _charged_by(
        self, uow: UnitOfWork, subscription: Subscription, snapshot: SubscriptionSnapshot, ref: str, now: datetime
    ) -> bool:
        """Apply another price object. Return False if it belongs to no plan."""
        plans = await uow.plans.list_priced(subscription.provider or "", ref)
        billed = subscription.billed_plan_id or subscription.plan_id
        target = next((plan for plan in plans if plan.id == billed), plans[0] if plans else None)
        if target is None:
            target = await self._agreed_plan(uow, subscription, snapshot)
        if target is None:
            if subscription.price_ref is None:
                # The subscription was bought before the plan's price changed; nothing indicates another plan.
                subscription.price_ref = ref
                return False
            unknown_price = UnknownPrice(**_at_provider(subscription, snapshot), price=ref)
            uow.record(unknown_price.raise_event(f"{unknown_price.name}:{subscription.id}:{ref}", snapshot.fetched_at))
            return False
        if target.id != subscription.plan_id and not await self._free(uow, subscription, target):
            uow.record(_conflict(subscription, snapshot, target))
        else:
            # A price object of a plan determines the plan's period. The period of any other price object is unknown.
            await self._switch(uow, subscription, snapshot, target, now, terms=target if plans else None)
        return True

    async def _switch(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        snapshot: SubscriptionSnapshot,
        target: ServicePlan,
        now: datetime,
        *,
        terms: ServicePlan | None,
    ) -> None:
        terms_before, terms_after = (
            (subscription.plan_id, subscription.price),
            (target.id, snapshot.price or target.price),
        )
        if terms_before == terms_after:
            subscription.price_ref = snapshot.price_ref
            if terms is not None:
                subscription.buy_period(terms)
            return
        if target.id == subscription.plan_id:
            change = PlanChange.from_prices(subscription.id, terms_before, terms_after, now)
            await uow.subscriptions.add_change(change)
            subscription.switch(change, snapshot.price_ref, terms)
            return
        at = _switched_at(subscription, snapshot, now)
        if await self._uses_own_time_first(uow, subscription, target, terms_after[1], at, now):
            await self._wait(uow, subscription, snapshot, target, terms_after[1], at, now, terms=terms)
            return
        change = PlanChange.from_prices(subscription.id, terms_before, terms_after, now)
        await uow.subscriptions.add_change(change)
        await self._grant_access.take_along(uow, subscription, target, now)
        entry = switch_entry(subscription, target.id, at, f"switch:{change.id}", now)
        await uow.write(LEDGER).add_if_new(replace(entry, changed_from=_charged_before(subscription, target.id)))
        subscription.switch(change, snapshot.price_ref, terms)
        await self._grant_access.recount(uow, subscription)
        log.info("plan changed", subscription=str(subscription.id), plan=target.soft_id)

    async def _uses_own_time_first(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        target: ServicePlan,
        price: Money,
        at: datetime,
        now: datetime,
    ) -> bool:
        """Return True if time of the current plan is left after the provider's period, and that plan is the more
        expensive one.
        """
        current = await uow.plans.get(subscription.plan_id)
        if current is None:
            return False
        # While another plan is charged, the subscription's price is that plan's.
        own_price = subscription.price if subscription.billed_plan_id is None else current.price
        if subscription.billed_plan_id != target.id and not plan_change_policy.costs_less(
            price, target.days, own_price, current.days
        ):
            return False
        entries = access_policy.with_rest(subscription, await uow.ledger.of_subscription(subscription.id), now)
        entry = switch_entry(subscription, target.id, at, "", now)
        return length_waiting(entries, current.id, entry) >= LEAST_TIME

    async def _wait(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        snapshot: SubscriptionSnapshot,
        target: ServicePlan,
        price: Money,
        at: datetime,
        now: datetime,
        *,
        terms: ServicePlan | None,
    ) -> None:
        """Keep the current plan until its time is used, although the provider charges the target already. The rest of a
        period of a third plan, which was charged until now, goes over to the target.
        """
        if subscription.billed_plan_id == target.id and subscription.price_ref == snapshot.price_ref:
            if subscription.next_plan_id == target.id:
                subscription.next_plan_at = subscription.access_until
            return
        plan_id = subscription.plan_id
        change = PlanChange.from_prices(subscription.id, (plan_id, subscription.price), (plan_id, price), now)
        await uow.subscriptions.add_change(change)
        charged_before = _charged_before(subscription, target.id)
        if charged_before != plan_id:
            entry = switch_entry(subscription, target.id, at, f"carry:{change.id}", now)
            await uow.write(LEDGER).add_if_new(replace(entry, changed_from=charged_before))
        entry = switch_entry(subscription, plan_id, at, f"switch:{change.id}", now)
        await uow.write(LEDGER).add_if_new(entry)
        subscription.use_first(change, snapshot.price_ref, terms, target.id)
        log.info("plan changes once its time is used", subscription=str(subscription.id), plan=target.soft_id)

    async def _agreed_plan(
        self, uow: UnitOfWork, subscription: Subscription, snapshot: SubscriptionSnapshot
    ) -> ServicePlan | None:
        """Return the plan of a scheduled change that has taken effect at the provider, which charges the agreed price
        object although that object no longer belongs to a plan. Return None if no scheduled change has taken effect.
        """
        at, start = subscription.next_plan_at, snapshot.current_period_start
        if subscription.next_plan_id is None or at is None or start is None or start < at - SLACK:
            return None
        return await uow.plans.get(subscription.next_plan_id)

    async def _first_seen(self, uow: UnitOfWork, subscription: Subscription, snapshot: SubscriptionSnapshot) -> bool:
        """Return True if the subscription has no recorded price object yet, and the snapshot's price object may be its
        own: it belongs to the subscription's plan, or to no plan.
        """
        if subscription.price_ref is not None:
            return False
        plans = await uow.plans.list_priced(subscription.provider or "", snapshot.price_ref or "")
        return not plans or any(plan.id == subscription.plan_id for plan in plans)

    async def _free(self, uow: UnitOfWork, subscription: Subscription, target: ServicePlan) -> bool:
        """Return True if the subscription may change to the plan: the customer has no other live subscription to the
        plan, and both plans or neither of them include a resource created per customer.
        """
        current = await uow.plans.get(subscription.plan_id)
        other = await uow.subscriptions.live_for(subscription.customer_id, target.id)
        own = await own_names(uow)
        return other is None and current is not None and own.isdisjoint(current.opens) is own.isdisjoint(target.opens)

    async def _sync_next_price(
        self, uow: UnitOfWork, subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime
    ) -> None:
        ref, at = snapshot.next_price_ref, snapshot.next_price_at
        plans = await uow.plans.list_priced(subscription.provider or "", ref) if ref is not None else []
        target = next((plan for plan in plans if plan.id != subscription.plan_id), None)
        if ref is not None and not plans and subscription.next_plan_id is not None:
            # The agreed price is still scheduled, although the plan has another price now.
            return
        if target is not None and at is not None:
            if await self._free(uow, subscription, target):
                price = await charged_there(uow, target, subscription.provider)
                subscription.expect(target.id, at, price, now)
            else:
                # The conflict is reported before the charge, while the change can still be undone.
                uow.record(_conflict(subscription, snapshot, target))
        elif not snapshot.cancel_at_period_end:
            # While the subscription is set to end, the scheduled change is kept in case the customer stays.
            subscription.stay(now, announce=snapshot.status is not ProviderStatus.ENDED)


def switch_entry(subscription: Subscription, plan_id: PlanId, at: datetime, key: str, now: datetime) -> LedgerEntry:
    """Return the ledger entry that puts a plan into effect. `key`: idempotency key."""
    return LedgerEntry(
        subscription_id=subscription.id,
        kind=LedgerKind.CHANGE,
        source_key=key,
        starts_at=at,
        length=timedelta(),
        plan_id=plan_id,
        changed_from=subscription.plan_id,
        created_at=now,
    )


def _charged_before(subscription: Subscription, plan_id: PlanId) -> PlanId:
    """Return the plan whose running period goes over to the given one: that which the provider charged until now. The
    switch to a plan that it charges already begins with the subscription's own plan.
    """
    billed = subscription.billed_plan_id
    return billed if billed is not None and billed != plan_id else subscription.plan_id


def _switched_at(subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime) -> datetime:
    """Return the time from which the new plan is in effect: the start of the provider's new period, the end of the time
    that was used first, or now for a change within a period.
    """
    start, known_start = snapshot.current_period_start, subscription.current_period_start
    if subscription.billed_plan_id is not None:
        return min(subscription.access_until or now, now)
    is_new = start is not None and (known_start is None or start > known_start)
    return start if start is not None and is_new and start <= now else now


def _at_provider(subscription: Subscription, snapshot: SubscriptionSnapshot) -> "_AtProvider":
    return _AtProvider(**subscription_facts(subscription), asked=snapshot.fetched_at.isoformat())


class _AtProvider(SubscriptionFacts):
    asked: str


def _conflict(subscription: Subscription, snapshot: SubscriptionSnapshot, target: ServicePlan) -> AlarmRaised:
    alarm = PlanChangeConflict(**_at_provider(subscription, snapshot), to=target.soft_id)
    return alarm.raise_event(f"{alarm.name}:{subscription.id}:{target.soft_id}", snapshot.fetched_at)


def _is_postponed(subscription: Subscription, snapshot: SubscriptionSnapshot) -> bool:
    """Return True if the reported price applies from a postponed charge on. Nothing is charged before, so the customer
    keeps the plan.
    """
    return snapshot.charge_moved_to is not None and snapshot.price_ref != subscription.price_ref


def _waits(subscription: Subscription, snapshot: SubscriptionSnapshot) -> bool:
    """Return True if the reported price applies only from the next charge on, judged by the amount of the last charge.

    A plan of the same or a lower price applies as soon as a new period has begun, even if the charge for that period
    was refused. A more expensive plan is never granted before its payment.
    """
    if snapshot.last_charge is None or subscription.price_ref == snapshot.price_ref:
        return False
    if snapshot.last_charge == snapshot.price != subscription.price:
        return False
    if _is_dearer(snapshot.price, subscription.price):
        return True
    start, at = snapshot.current_period_start, subscription.next_plan_at
    return at is None or start is None or start < at - SLACK


def _is_dearer(price: Money | None, amount: Money) -> bool:
    return price is not None and (price.currency != amount.currency or amount < price)


def _as_coming(subscription: Subscription, snapshot: SubscriptionSnapshot) -> SubscriptionSnapshot:
    """Return the snapshot with the reported price as the next price, and the recorded price as the current one. A
    canceled subscription has no next price.
    """
    going_on = not snapshot.cancel_at_period_end
    return replace(
        snapshot,
        price_ref=subscription.price_ref,
        price=subscription.price,
        next_price_ref=snapshot.price_ref if going_on else None,
        next_price_at=snapshot.current_period_end if going_on else None,
    )
