"""Erasure of a person's data at their request: obstacles are reported, access is ended, then the data is erased."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypedDict

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.access.waiting_days import WaitingDays, waiting_days
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause
from subscriptions.application.alarms.alarms import keep_alarm, raise_once
from subscriptions.application.alarms.shared_alarms import ErasureWaits
from subscriptions.application.alarms.under_review import under_review
from subscriptions.application.dto import expiry_jobs
from subscriptions.application.subscriptions.offered_changes import plans_had
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.subscription import ERASED, Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import ChannelOutdated, ErasureHeld
from subscriptions.domain.ids import CustomerId, TelegramId, short_reference
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.trial_marks import BEEN_CUSTOMER, NO_MARKS, TrialMarks

log = structlog.get_logger(__name__)

LOOK_AGAIN: Final = timedelta(seconds=20)
"""Delay before checking again whether the person has left all channels."""
BUSY_PAUSE: Final = timedelta(seconds=2)
PATIENCE: Final = timedelta(hours=1)
"""Time after which the person and the owners are notified that an erasure is delayed."""
CAME_BACK: Final = "came back"


class ErasureDropped(AlarmKind):
    """Alarm: an erasure was dropped, so the person must request it again. `reason`: reason why it was dropped."""

    name = "erasure_dropped"
    closes = ByCause()
    customer: CustomerId
    telegram_id: TelegramId
    reason: str


class Obstacle(StrEnum):
    """Obstacle to an erasure.

    renews: a subscription renews automatically
    unpaid: a checkout is open
    review: a payment is under review
    dispute: a dispute has not been decided
    barred: the customer is barred from buying
    staff: the person is a staff member
    """

    RENEWS = "renews"
    UNPAID = "unpaid"
    REVIEW = "review"
    DISPUTE = "dispute"
    BARRED = "barred"
    STAFF = "staff"


@dataclass(frozen=True, kw_only=True)
class Forfeit:
    """Access lost by the erasure: the plan's name, the end of access, and days of other plans that wait behind it."""

    plan: str
    access_end: datetime
    waiting: tuple[WaitingDays, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """Expected effect of an erasure.

    obstacle: None if nothing prevents the erasure
    subject: plan or order that is the obstacle
    soft_id: slug of the plan that renews
    given_up: access that the person loses
    """

    customer: Customer | None
    obstacle: Obstacle | None = None
    subject: str = ""
    soft_id: str = ""
    given_up: Sequence[Forfeit] = ()


@dataclass(frozen=True)
class ErasureResult:
    """Result of a completed erasure: the number of rows deleted or anonymized, keyed by table."""

    row_counts: Mapping[str, int]


@dataclass(frozen=True)
class ErasureDelay:
    """Result of a delayed erasure: the person is still being removed from channels, or an update about the person is
    being processed.
    """

    channels: int


@dataclass(frozen=True)
class ErasureRefusal:
    """Result of a dropped erasure, which the person must request again. `reason`: a new obstacle, or that the person
    has become a customer again.
    """

    reason: str
    subject: str = ""


@dataclass(frozen=True)
class ErasePerson:
    """Use case that previews, begins and completes an erasure. An erased person may return as a new customer.

    `trial_marks`: makes the markers by which a returning person is recognized; needed only to begin an erasure
    """

    units: UnitOfWorkFactory
    clock: Clock
    grant_access: GrantAccess
    trial_marks: TrialMarks = NO_MARKS

    async def preview(self, telegram_id: TelegramId) -> Prospect:
        """Return the expected effect of the erasure, without changing anything."""
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            return await self._prospect(uow, customer)

    async def __call__(self, telegram_id: TelegramId, reason: str) -> Prospect:
        """End the person's access, and queue the erasure, which waits until the person has left all channels.
        Idempotent.

        `reason`: reason for the audit log, without a name. If the result contains an obstacle, nothing was changed.
        """
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id, lock=True)
            prospect = await self._prospect(uow, customer)
            if prospect.obstacle is not None:
                return prospect
            if customer is None:
                # The person only sent a join request, or their customer was erased before.
                await uow.personal_data.erase(telegram_id, None, telegram_id, self.clock.now())
            else:
                now = self.clock.now()
                await self._end_all(uow, customer)
                await self._keep_marks(uow, customer, now)
                await keep_alarm(uow, ErasureDropped, str(customer.id), None, now)
                job = expiry_jobs.ErasePerson(customer_id=customer.id, why=reason, asked_at=now)
                await uow.enqueue(job.keyed_job(customer.id))
            await uow.commit()
        return prospect

    async def _keep_marks(self, uow: UnitOfWork, customer: Customer, now: datetime) -> None:
        """Store the markers by which earlier trials and promotions of a returning customer are recognized, and nothing
        else.
        """
        plan_ids = await plans_had(uow, customer.id)
        marks = {
            self.trial_marks.mark_of(customer.telegram_id, each)
            for each in plan_ids | await uow.of(DISCOUNTS_KEY).used(customer.id)
        }
        if plan_ids:
            marks.add(self.trial_marks.mark_of(customer.telegram_id, BEEN_CUSTOMER))
        for mark in marks:
            if mark is not None:
                await uow.personal_data.keep_trial_mark(mark, now)

    async def finish(
        self, customer_id: CustomerId, reason: str
    ) -> ErasureResult | ErasureDelay | ErasureRefusal | None:
        """Erase a customer who has no access, or return why the erasure is delayed or dropped. Return None if the
        customer has been erased already.
        """
        now = self.clock.now()
        async with self.units() as uow:
            known_customer = await uow.customers.get(customer_id)
            customer = (
                await uow.customers.by_telegram_id(known_customer.telegram_id, lock=True) if known_customer else None
            )
            if customer is None or customer.is_forgotten:
                return None
            prospect = await self._prospect(uow, customer)
            if prospect.obstacle is not None or prospect.given_up:
                dropped_event = ErasureRefusal(prospect.obstacle or CAME_BACK, prospect.subject)
                await keep_alarm(uow, ErasureWaits, str(customer.id), None, now)
                await _tell(uow, customer, ErasureDropped(**_who(customer), reason=dropped_event.reason), now)
                await uow.commit()
                return dropped_event
            accesses = await uow.accesses.of_customer(customer_id)
            is_inside = sum([await self._may_be_inside(uow, access, now) for access in accesses])
            if is_inside or await uow.personal_data.busy(customer.telegram_id):
                return ErasureDelay(is_inside)
            await self._give_up_channels(uow, accesses, now)
            for kind in (ErasureWaits, ErasureDropped):
                await keep_alarm(uow, kind, str(customer.id), None, now)
            row_counts = await uow.personal_data.erase(customer.telegram_id, customer, customer.stand_in, now)
            await uow.audit.record(
                actor="system", action="person.erased", subject=str(customer_id), reason=reason, at=now, facts={}
            )
            await uow.commit()
        log.info("person erased", customer=short_reference(customer_id), why=reason)
        return ErasureResult(row_counts)

    async def work(self, customer_id: CustomerId, reason: str, asked_at: datetime | None) -> None:
        """Complete the erasure as a job, which is repeated until the erasure is complete. Raises RetryLater while the
        erasure is delayed. `asked_at`: time of the request; None if unknown.
        """
        outcome = await self.finish(customer_id, reason)
        if isinstance(outcome, ErasureDelay):
            if asked_at is not None and self.clock.now() - asked_at >= PATIENCE:
                await self._waits(customer_id, outcome)
            raise RetryLater("not out of all channels yet", delay=LOOK_AGAIN if outcome.channels else BUSY_PAUSE)

    async def _waits(self, customer_id: CustomerId, delay: ErasureDelay) -> None:
        async with self.units() as uow:
            customer = await uow.customers.get(customer_id)
            if customer is not None and not customer.is_forgotten:
                who = _who(customer)
                busy = ErasureWaits(**who, reason="an update is not done")
                waits = ErasureWaits(**who, inside=delay.channels) if delay.channels else busy
                await _tell(uow, customer, waits, self.clock.now())
                await uow.commit()

    async def _prospect(self, uow: UnitOfWork, customer: Customer | None) -> Prospect:
        if customer is None:
            return Prospect(customer=None)
        subscriptions = await uow.subscriptions.of_customer(customer.id)
        obstacle, plan_name = await self._obstacle(uow, customer, subscriptions)
        now, given_up, soft_id = self.clock.now(), list[Forfeit](), ""
        for subscription in subscriptions:
            plan = await uow.plans.get(subscription.plan_id) if subscription.live else None
            if plan is not None and subscription.renews and obstacle is Obstacle.RENEWS:
                soft_id = soft_id or plan.soft_id
            if plan is not None:
                waiting = await waiting_days(uow, subscription, self.grant_access.grace_of(plan), now)
                end = max(subscription.access_until or now, now)
                given_up.append(Forfeit(plan=plan.name, access_end=end, waiting=waiting))
        return Prospect(customer=customer, obstacle=obstacle, subject=plan_name, soft_id=soft_id, given_up=given_up)

    async def _obstacle(
        self, uow: UnitOfWork, customer: Customer, subscriptions: Sequence[Subscription]
    ) -> tuple[Obstacle | None, str]:
        if customer.staff_role is not None:
            return Obstacle.STAFF, ""
        for subscription in subscriptions:
            if subscription.renews:
                plan = await uow.plans.get(subscription.plan_id)
                return Obstacle.RENEWS, plan.name if plan is not None else ""
            if await uow.reversals.open_disputes(subscription.id):
                return Obstacle.DISPUTE, ""
        references = [order.reference for _, order in await under_review(uow, customer.id)]
        letter = await uow.personal_data.letter_held(customer.telegram_id, customer)
        if references or letter is not None:
            return Obstacle.REVIEW, references[0] if references else str(letter)[:8].upper()
        orders = await uow.orders.open_of(customer.id)
        if orders:
            return Obstacle.UNPAID, orders[0].reference
        return (Obstacle.BARRED, "") if customer.barred_at is not None else (None, "")

    async def _end_all(self, uow: UnitOfWork, customer: Customer) -> None:
        now, subscriptions = self.clock.now(), await uow.subscriptions.of_customer(customer.id)
        # Rows are locked in the usual order: all subscriptions, then all channels, then the accesses.
        live = [await uow.subscriptions.get(each.id, lock=True) for each in subscriptions if each.live]
        for access in await uow.accesses.of_customer(customer.id) if live else ():
            await uow.channels.get(access.channel_id, lock=True)
        for subscription in live:
            plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
            if subscription is not None and plan is not None:
                await self.grant_access.end(
                    uow, subscription, customer, plan, now, reason=ERASED, cause=f"{ERASED}:{subscription.id}", note=""
                )

    async def _may_be_inside(self, uow: UnitOfWork, access: Access, now: datetime) -> bool:
        """Return True if the person is in the channel or can still enter it. A usable invite link counts, because once
        its row is erased, no record would show that the link must be revoked.
        """
        links = await uow.channels.live_invites(access.channel_id)
        usable = any(link.customer_id == access.customer_id and link.usable(now) for link in links)
        return usable or access.status is not AccessStatus.REVOKED

    async def _give_up_channels(self, uow: UnitOfWork, accesses: Sequence[Access], now: datetime) -> None:
        """Delete the person's own channels at once, because the title contains the person's name and the channel
        contains their messages.
        """
        for access in accesses:
            channel = await uow.channels.get(access.channel_id, lock=True)
            if channel is not None and kind_of_channel(channel).for_one and channel.status is ChannelStatus.FROZEN:
                channel.delete_at = now
                await uow.channels.save(channel)
                uow.record(ChannelOutdated(channel.id))


class _Who(TypedDict):
    customer: CustomerId
    telegram_id: TelegramId


def _who(customer: Customer) -> _Who:
    return _Who(customer=customer.id, telegram_id=customer.telegram_id)


async def _tell(uow: UnitOfWork, customer: Customer, alarm: ErasureDropped | ErasureWaits, now: datetime) -> None:
    """Notify the owners and the person, once per problem."""
    beginning = f"{alarm.name}:{customer.id}:"
    before_alarm = await uow.alarms.newest(alarm.name, beginning, lock=True)
    if isinstance(alarm, ErasureDropped) and before_alarm is not None and not before_alarm.open:
        # A new request was dropped, which is reported even if an earlier one was reported.
        await raise_once(uow, alarm.raise_event(f"{beginning}{now.isoformat()}"), now)
    else:
        await keep_alarm(uow, type(alarm), str(customer.id), alarm, now)
    earlier_alarm = await uow.alarms.newest(alarm.name, beginning)
    if earlier_alarm is not None and (before_alarm is None or before_alarm.id != earlier_alarm.id):
        log.warning("person not erased", customer=short_reference(customer.id), outcome=alarm.name, reason=alarm.reason)
        uow.record(ErasureHeld(customer.id, earlier_alarm.key))
