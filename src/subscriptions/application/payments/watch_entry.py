"""Rule for customers who paid and cannot enter: after some days the payment is returned and the subscription ends. If
they can enter before, the days they could not use are given back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.bans import subscriptions_to
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.plan_chats import resources_of
from subscriptions.application.access.resource_kind import in_lock_order, kind_of
from subscriptions.application.access.watch_access import WatchAccess
from subscriptions.application.alarms.alarm_causes import is_kept_out
from subscriptions.application.alarms.alarm_kind import News, OfPurchase
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.application.payments.refunds import paid_together, stop_billing
from subscriptions.application.subscriptions.money_left import left_of, request_refund
from subscriptions.domain.entities.access import WITHOUT_RIGHT, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import PROVIDERS_TIME, LedgerEntry
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import REFUNDED, Subscription
from subscriptions.domain.entities.variable import moment
from subscriptions.domain.events import AccessMoved, EntryDelayed
from subscriptions.domain.ids import AccessId, SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy

log = structlog.get_logger(__name__)

RETURN_DUE: Final = moment("no_access_return")
"""Variable of a subscription whose customer paid and cannot enter: the time at which the payment is returned."""
LOOK_EVERY: Final = timedelta(hours=1)
"""Interval at which such a subscription is checked; also how long a link that is on its way is waited for."""
BEFORE_END: Final = timedelta(minutes=10)
"""Time before the end of the paid time at which the payment of a shorter time is returned."""
_LEAST_LOST: Final = timedelta(hours=1)
_FOR_LIFE: Final = timedelta(days=10 * 365)
_REASON: Final = "the customer paid and could not enter"


class NoAccessReturned(OfPurchase):
    """Alarm: a payment is returned automatically, because its customer could not enter."""

    name = "no_access_returned"
    closes = News()
    amount: Money
    plan: str


@dataclass(frozen=True)
class _Wait:
    """Locked subscription with its customer, plan and payments.

    opened_at: time since which the customer can enter one of the chats or has the content; None if they cannot
    is_barred: True if the customer is banned from a chat, or suspended
    opens_now: True if a shared chat of the plan can admit people now
    is_returning: True if a dispute is open or a requested refund has not been reported
    """

    subscription: Subscription
    customer: Customer
    plan: ServicePlan
    payments: Sequence[Payment]
    money: Sequence[tuple[Payment, Money]]
    opened_at: datetime | None
    is_barred: bool
    opens_now: bool
    is_returning: bool

    @property
    def paid_at(self) -> datetime | None:
        """Time of the first payment."""
        return min((each.recorded_at for each in self.payments), default=None)

    @property
    def may_return(self) -> bool:
        """True if nothing speaks against a return now: the bot reaches the customer, no dispute, ban or other pause
        keeps them out, and no refund is under way.
        """
        reached = self.customer.reachable and self.customer.unopened_at is None and not self.customer.is_forgotten
        return reached and not self.is_barred and not self.subscription.is_paused and not self.is_returning


async def payments_of(uow: UnitOfWork, subscription_id: SubscriptionId) -> Sequence[Payment]:
    """Return the payments that bought time of a subscription, including those of gifts, oldest first."""
    entries = await uow.ledger.of_subscription(subscription_id)
    found = await uow.payments.with_ids({each.payment_id for each in entries if each.payment_id is not None})
    together = [item for each in found for item in await paid_together(uow, each)]
    return sorted({each.id: each for each in together if each.flag is None}.values(), key=lambda each: each.recorded_at)


@dataclass(frozen=True)
class WatchEntry:
    """Use case that checks a customer's access after a payment: it alerts the owners, and returns the payment if the
    customer cannot enter within `Policy.entry_patience`.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy
    grant_access: GrantAccess
    watch_access: WatchAccess

    async def __call__(self, access_id: AccessId) -> None:
        """Check the access. Idempotent: the decision is made under the locks of order, subscription and access."""
        async with self.units() as uow:
            access = await uow.accesses.get(access_id)
            openings = await subscriptions_to(uow, access.customer_id, access.channel_id) if access is not None else ()
        dues = [await self._follow(access_id, each.id) for each, _ in openings]
        await self.watch_access(access_id, min((each for each in dues if each is not None), default=None))

    async def _follow(self, access_id: AccessId, subscription_id: SubscriptionId) -> datetime | None:
        """Begin, continue or end the wait of one subscription. Return the time at which the payment is returned; None
        if it is not.
        """
        now, variable = self.clock.now(), RETURN_DUE.for_subject(subscription_id)
        async with self.units() as uow:
            access = await uow.accesses.get(access_id)
            is_kept = access is not None and await is_kept_out(uow, access)
            if not is_kept and await uow.variables.get(variable) is None:
                return None
            wait = await self._lock(uow, subscription_id)
            if wait is None:
                return None
            # The check of another access may have decided while this one waited for the locks.
            due = await uow.variables.get(variable)
            if wait.opened_at is not None and not wait.is_barred:
                if due is not None:
                    await self._give_back(uow, wait, wait.opened_at, now)
                due = None
            elif due is None:
                due = self._due(wait, now)
                if due is not None:
                    event = EntryDelayed(subscription_id, wait.customer.id, f"{subscription_id}:{due.isoformat()}")
                    uow.record(event)
            elif now >= due and wait.may_return and (not wait.opens_now or now >= due + LOOK_EVERY):
                await self._return(uow, wait, now)
                due = None
            await uow.variables.set(variable, due)
            if due is not None:
                again = min(now + LOOK_EVERY, due) if due > now else now + self.policy.access_patience
                await uow.enqueue(jobs.WatchAccess(access_id=access_id).delayed_job(again, access_id))
            await uow.commit()
        return due

    def _due(self, wait: _Wait, now: datetime) -> datetime | None:
        """Return when the payment is to be returned. Return None if the customer paid nothing, could have entered for
        longer than the rule waits, or if the rule is off.
        """
        paid_at, patience, end = wait.paid_at, self.policy.entry_patience, wait.subscription.access_until
        if not patience or paid_at is None or not wait.money or not wait.may_return or now - paid_at > patience:
            return None
        due = now + patience
        return max(min(due, end - BEFORE_END), now) if end is not None else due

    async def _lock(self, uow: UnitOfWork, subscription_id: SubscriptionId) -> _Wait | None:
        """Lock the customer, the orders, the subscription and the accesses, in this order, and read the rest."""
        known = await uow.subscriptions.get(subscription_id)
        customer = await uow.customers.get(known.customer_id, lock=True) if known is not None else None
        for order_id in sorted({each.order_id for each in await payments_of(uow, subscription_id)}):
            await uow.orders.get(order_id, lock=True)
        subscription = await uow.subscriptions.get(subscription_id, lock=True)
        plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
        if customer is None or subscription is None or plan is None or not subscription.live:
            return None
        payments = await payments_of(uow, subscription_id)
        money, is_returning = list[tuple[Payment, Money]](), bool(await uow.reversals.open_disputes(subscription_id))
        for payment in payments:
            left = await left_of(uow, payment)
            if payment.status is PaymentStatus.CAPTURED and left.minor > 0:
                money.append((payment, left))
            requests = await uow.of(FACTS_KEY).requests_of(payment.id)
            is_returning = is_returning or any(each.is_open for each in requests)
        opened_at: datetime | None = None
        is_barred, opens_now = False, False
        for resource in in_lock_order(await resources_of(uow, plan)):
            kind = kind_of(resource)
            is_open = await kind.is_open(uow, resource)
            opens_now = opens_now or (kind.has_shared_chat and is_open)
            if not kind.has_chat:
                opened_at = _earlier(opened_at, subscription.created_at if is_open else None)
                continue
            channel = await kind.find_channel(uow, resource, customer.id, plan.id)
            if channel is not None and kind.for_one:
                channel = await uow.channels.get(channel.id, lock=True)
            access = await uow.accesses.find(customer.id, channel.id, lock=True) if channel is not None else None
            if channel is None or access is None:
                continue
            is_barred = is_barred or access.status in WITHOUT_RIGHT | {AccessStatus.BANNED}
            was_inside = access.joined_at is not None and access.joined_at >= subscription.created_at
            if was_inside or not await is_kept_out(uow, access):
                since = await self._enterable_since(uow, channel, access, subscription, resource)
                opened_at = _earlier(opened_at, since)
        return _Wait(
            subscription=subscription,
            customer=customer,
            plan=plan,
            payments=payments,
            money=money,
            opened_at=opened_at,
            is_barred=is_barred,
            opens_now=opens_now,
            is_returning=is_returning,
        )

    async def _enterable_since(
        self, uow: UnitOfWork, channel: Channel, access: Access, subscription: Subscription, resource: Resource
    ) -> datetime:
        """Return the time since which the customer can enter: that of their link, or of their entry."""
        links = await kind_of(resource).links(uow, channel, access)
        moments = [*(each.created_at for each in links), *([access.joined_at] if access.joined_at is not None else [])]
        return max(min(moments, default=self.clock.now()), subscription.created_at)

    async def _give_back(self, uow: UnitOfWork, wait: _Wait, opened_at: datetime, now: datetime) -> None:
        """Give back the time between the payment and the first moment at which the customer could enter. A pass keeps
        its last day.
        """
        subscription, paid_at = wait.subscription, wait.paid_at
        orders = [await uow.orders.get(each) for each in {payment.order_id for payment in wait.payments}]
        has_last_day = any(each is not None and each.ends_at is not None for each in orders)
        end = subscription.access_until
        if paid_at is None or end is None or has_last_day or end - now > _FOR_LIFE or opened_at - paid_at < _LEAST_LOST:
            return
        key = f"no_access:{subscription.id}"
        entry = access_policy.rest(subscription, paid_at, opened_at, key)
        await self.grant_access.enter(uow, subscription, replace(entry, created_at=now))
        await uow.subscriptions.save(subscription)
        await self.grant_access.settle(uow, subscription, wait.customer, wait.plan, now)
        uow.record(AccessMoved(subscription.id, wait.customer.id, key))
        log.info("days without access given back", subscription=str(subscription.id))

    async def _return(self, uow: UnitOfWork, wait: _Wait, now: datetime) -> None:
        """Request the refund of what is left of the payments, once each, and end the subscription with its billing.

        Time that was granted or given by somebody else stays: the refund takes only the time of its payment.
        """
        subscription = wait.subscription
        for payment, amount in wait.money:
            operation = f"no_access:{payment.id}"
            await request_refund(uow, payment, amount, operation, actor="system", reason=_REASON, at=now)
            alarm = NoAccessReturned(
                order=payment.reference, customer=payment.customer_id, amount=amount, plan=wait.plan.soft_id
            )
            uow.record(alarm.raise_event(f"{alarm.name}:{payment.id}", now))
        entries = await uow.ledger.of_subscription(subscription.id)
        is_all_their_own = all(each.customer_id == subscription.customer_id for each in wait.payments)
        log.warning("paid without access, and given back", subscription=str(subscription.id))
        if not is_all_their_own or any(map(_is_granted, entries)):
            if subscription.provider_ref is not None:
                await stop_billing(uow, subscription, now)
            return
        await self.grant_access.end(
            uow,
            subscription,
            wait.customer,
            wait.plan,
            now,
            reason=REFUNDED,
            cause=f"no_access:{subscription.id}:end",
            note="",
        )
        uow.record(EntryDelayed(subscription.id, wait.customer.id, f"{subscription.id}:returned"))


def _is_granted(entry: LedgerEntry) -> bool:
    """Return True if the entry is time that no payment bought, apart from a trial or the days of a promotion."""
    return entry.payment_id is None and entry.length > timedelta() and entry.kind not in PROVIDERS_TIME


def _earlier(first: datetime | None, second: datetime | None) -> datetime | None:
    return min((each for each in (first, second) if each is not None), default=None)
