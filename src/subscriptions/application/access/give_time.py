"""Time without money: by a token, by an admin. It is added to the live subscription of the plan, or begins one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.alarms.alarm_kind import AlarmKind, News
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionEvent
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import PaymentId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.ledger import LEDGER


class TimeGiven(AlarmKind):
    """Staff gave themselves time, or gave much of it. telegram_id: whom it was given to."""

    name = "time_given"
    closes = News()
    staff: str
    telegram_id: TelegramId
    plan: str
    given: str


@dataclass(frozen=True, kw_only=True)
class Gift:
    """Time that is given.

    source_key: unique with its kind for a subscription, so that one cause counts once. price: what it is worth, as the
    card shows it. cause: what the first step into the VIP channel is told for; None where whoever gives shows it
    themselves. payment_id: whose fate it shares, of what somebody paid. starts_at: from when it counts, None = now.
    """

    kind: LedgerKind
    source_key: str
    length: timedelta
    price: Money
    note: str = ""
    cause: str | None = None
    payment_id: PaymentId | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TimeGift:
    """The subscription with the time in it. is_extension: it was live before."""

    subscription: Subscription
    is_extension: bool


def gift_to_hear_of(staff: str, customer: Customer, plan: ServicePlan, length: timedelta, key: str) -> AlarmRaised:
    """What the owners are told of time that staff gave themselves, or gave much of. staff: as the audit names them.

    key: of the one gift.
    """
    alarm = TimeGiven(staff=staff, telegram_id=customer.telegram_id, plan=plan.name, given=f"{length.days} d")
    return alarm.raise_event(f"time_given:{key}")


@dataclass(frozen=True)
class GiveTime:
    """Adds time in the caller's unit of work, and opens what it opens. Works for both kinds of plan."""

    grant_access: GrantAccess

    async def find(
        self, uow: UnitOfWork, customer: Customer, plan: ServicePlan, price: Money, now: datetime
    ) -> TimeGift:
        """The live subscription of the plan, locked, or a new one, stored already. Raises RetryLater where another
        unit of work begins one at the same moment: the database has one live one per plan."""
        live = await uow.subscriptions.live_for(customer.id, plan.id, lock=True)
        if live is not None:
            return TimeGift(subscription=live, is_extension=True)
        fresh = Subscription.give(customer.id, plan.id, price, now)
        fresh.apply(SubscriptionEvent.PAID, now)
        fresh.current_period_start = now
        await uow.subscriptions.save(fresh)
        return TimeGift(subscription=fresh, is_extension=False)

    async def add(
        self, uow: UnitOfWork, target: TimeGift, customer: Customer, plan: ServicePlan, gift: Gift, now: datetime
    ) -> None:
        """Count the time once and let the customer in for it."""
        subscription = target.subscription
        await self.count(uow, subscription, gift, now)
        if self.grant_access.timely(subscription, plan, now):
            await self.grant_access.grant(uow, subscription, customer, plan, now, cause=gift.cause)

    async def count(self, uow: UnitOfWork, subscription: Subscription, gift: Gift, now: datetime) -> None:
        """The time alone, which may be less than none: then it is taken."""
        await uow.write(LEDGER).add_if_new(
            LedgerEntry(
                subscription_id=subscription.id,
                kind=gift.kind,
                source_key=gift.source_key,
                starts_at=gift.starts_at or now,
                length=gift.length,
                payment_id=gift.payment_id,
                note=gift.note,
                created_at=now,
            )
        )
        await self.grant_access.recount(uow, subscription)
        if subscription.provider_ref is None:
            subscription.current_period_end = subscription.access_until
        subscription.next_check_at = None
        await uow.subscriptions.save(subscription)
