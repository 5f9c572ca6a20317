"""Access time granted without payment, by a code or by staff, and added to the plan's live subscription or to a new
one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.alarms.alarm_kind import AlarmKind, News
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, apart_until
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import PROVIDER, Subscription, SubscriptionEvent
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import PaymentId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.ledger import LEDGER
from subscriptions.domain.services import access_policy


class TimeGiven(AlarmKind):
    """Alarm: a staff member granted access time to themselves, or granted a large amount of it. `telegram_id`: Telegram
    id of the recipient.
    """

    name = "time_given"
    closes = News()
    staff: str
    telegram_id: TelegramId
    plan: str
    given: str


@dataclass(frozen=True, kw_only=True)
class TimeGrant:
    """Access time to add to a subscription without payment.

    source_key: idempotency key, unique per kind of ledger entry and subscription, so that one grant is recorded only
        once
    price: amount that the status card shows as the value of the time
    cause: reason named in the message that begins the VIP entry; None if the caller sends that message
    payment_id: payment whose refund revokes the time
    starts_at: start of the time; None means now
    is_requested: True if the customer requested the time, for example by a code; one who left a chat then gets a new
        link
    """

    kind: LedgerKind
    source_key: str
    length: timedelta
    price: Money
    note: str = ""
    cause: str | None = None
    payment_id: PaymentId | None = None
    starts_at: datetime | None = None
    is_requested: bool = False


@dataclass(frozen=True, kw_only=True)
class TimeTarget:
    """Subscription that receives the time. `is_extension`: True if the subscription was live before the grant."""

    subscription: Subscription
    is_extension: bool


def time_grant_alert(staff: str, customer: Customer, plan: ServicePlan, length: timedelta, key: str) -> AlarmRaised:
    """Return the owner alert about access time that a staff member granted to themselves, or about a large amount of
    granted time.

    staff: staff member's name in the audit log
    key: unique id of the grant
    """
    alarm = TimeGiven(staff=staff, telegram_id=customer.telegram_id, plan=plan.name, given=f"{length.days} d")
    return alarm.raise_event(f"time_given:{key}")


async def _use_during_pause(uow: UnitOfWork, subscription: Subscription, now: datetime) -> None:
    """Resume the subscription of a customer who gets time while the provider has paused it, so that the customer can
    use the time. The check at the end of that time pauses the subscription again.

    If the time lasts beyond a skipped month, the provider is asked in time to resume billing.
    """
    if PROVIDER not in subscription.paused_for:
        return
    entries = access_policy.with_rest(subscription, await uow.ledger.of_subscription(subscription.id), now)
    if apart_until(subscription.current_period_start or now, entries, now) is None:
        return
    subscription.resume(PROVIDER, now)
    wakes = access_policy.wakes_at(subscription)
    if wakes is not None and wakes > now and subscription.renews:
        check = jobs.CheckSubscription(subscription_id=subscription.id)
        await uow.enqueue(check.delayed_job(wakes, f"wakes:{subscription.id}:{wakes.isoformat()}"))


@dataclass(frozen=True)
class GiveTime:
    """Service that adds granted time to a subscription in the caller's unit of work and grants the access. Works for
    plans with personal channels and with shared chats.
    """

    grant_access: GrantAccess

    async def find(
        self, uow: UnitOfWork, customer: Customer, plan: ServicePlan, price: Money, now: datetime
    ) -> TimeTarget:
        """Return the customer's live subscription to the plan, locked, or else a new subscription, already stored.

        Raise RetryLater if another unit of work creates one concurrently: the database allows one live subscription per
        customer and plan.
        """
        live = await uow.subscriptions.live_for(customer.id, plan.id, lock=True)
        if live is not None:
            return TimeTarget(subscription=live, is_extension=True)
        fresh = Subscription.give(customer.id, plan.id, price, now)
        fresh.apply(SubscriptionEvent.PAID, now)
        fresh.current_period_start = now
        await uow.subscriptions.save(fresh)
        return TimeTarget(subscription=fresh, is_extension=False)

    async def add(
        self,
        uow: UnitOfWork,
        target: TimeTarget,
        customer: Customer,
        plan: ServicePlan,
        time_grant: TimeGrant,
        now: datetime,
    ) -> None:
        """Record the granted time once in the ledger, and give the customer access to the plan's resources."""
        subscription = target.subscription
        await self.count(uow, subscription, time_grant, now)
        if self.grant_access.timely(subscription, plan, now):
            await self.grant_access.grant(
                uow, subscription, customer, plan, now, cause=time_grant.cause, is_requested=time_grant.is_requested
            )

    async def count(self, uow: UnitOfWork, subscription: Subscription, time_grant: TimeGrant, now: datetime) -> None:
        """Record the granted time in the ledger without granting access. A negative length removes time."""
        await uow.write(LEDGER).add_if_new(
            LedgerEntry(
                subscription_id=subscription.id,
                kind=time_grant.kind,
                source_key=time_grant.source_key,
                starts_at=time_grant.starts_at or now,
                length=time_grant.length,
                payment_id=time_grant.payment_id,
                plan_id=subscription.plan_id,
                note=time_grant.note,
                created_at=now,
            )
        )
        await self.grant_access.recount(uow, subscription)
        if time_grant.length > timedelta():
            await _use_during_pause(uow, subscription, now)
        if subscription.provider_ref is None:
            subscription.current_period_end = subscription.access_until
        subscription.next_check_at = None
        await uow.subscriptions.save(subscription)
