"""What the operator's people do to somebody's access: more or less time, rest, go on, end."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from subscriptions.application.access.give_time import Gift, Given, GiveTime, gift_to_hear_of
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.way import leads_nowhere
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import PROVIDER, REMOVED, STAFF, Subscription
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.events import AccessMoved
from subscriptions.domain.ids import CustomerId, PlanId, SubscriptionId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy
from subscriptions.domain.services.staff_policy import StaffAction

DAYS_AT_MOST: Final = 3660
_DAY: Final = timedelta(days=1)


class NothingToDo(UmbralError):
    """The subscription is not in a state for this (any more)."""


class ChangeAccess:
    """One subscription, by somebody of staff, with a reason. All raise NotAllowed, and NothingToDo where it is over.

    operation: the same for every repetition of one wish; time is counted once by it.
    """

    def __init__(
        self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk, grant_access: GrantAccess, policy: Policy
    ) -> None:
        self._policy = policy
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk
        self._grant_access = grant_access
        self._give_time = GiveTime(grant_access)

    async def extend(
        self, actor: TelegramId, subscription_id: SubscriptionId, days: int, why: str, operation: UUID
    ) -> datetime:
        """days: to add, negative to take. The new end. Raises InvalidInput("days") for 0, too many, or an end that
        would be over already: that is a removal."""
        now = self._clock.now()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.EXTEND_ACCESS)
            subscription, customer, plan = await self._live(uow, subscription_id)
            end = checked_end(subscription, days, now)
            gift = _gift(subscription.price, days, why, operation)
            if not await self._counted(uow, subscription, gift):
                await self._give_time.add(
                    uow, Given(subscription=subscription, extended=True), customer, plan, gift, now
                )
                uow.record(AccessMoved(subscription.id, customer.id, str(operation)))
                facts = {"plan": plan.soft_id, "days": str(days)}
                await self._staff_desk.note(uow, staff, StaffAction.EXTEND_ACCESS, customer.id, why, now, **facts)
                await self._tell_owners(uow, staff, customer, plan, subscription, operation)
                await uow.commit()
            return subscription.access_until or end

    async def suspend(self, actor: TelegramId, subscription_id: SubscriptionId, why: str) -> bool:
        """The customer is out until it is restored; the channel is kept. Repeating it changes nothing.

        False: they were out already, for another cause; when that is over they stay out.
        """
        now = self._clock.now()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.SUSPEND_ACCESS)
            subscription, customer, plan = await self._live(uow, subscription_id)
            rested = subscription.rests
            if STAFF in subscription.paused_for:
                return True
            subscription.pause(STAFF, now)
            if STAFF not in subscription.paused_for:
                raise NothingToDo(str(subscription.status))
            await self._settled(uow, subscription, customer, plan, now)
            await self._staff_desk.note(
                uow, staff, StaffAction.SUSPEND_ACCESS, customer.id, why, now, plan=plan.soft_id
            )
            await uow.commit()
            return not rested

    async def restore(self, actor: TelegramId, subscription_id: SubscriptionId, why: str) -> bool:
        """What staff suspended goes on, with a new link and the time that stood still. False: not yet, for it rests for
        another cause too."""
        now = self._clock.now()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.RESTORE_ACCESS)
            subscription, customer, plan = await self._live(uow, subscription_id)
            if not subscription.rests:
                return True
            if STAFF not in subscription.paused_for:
                raise NothingToDo(" ".join(sorted(subscription.paused_for)))
            await self._give_back(uow, subscription, now)
            subscription.resume(STAFF, now)
            await self._settled(uow, subscription, customer, plan, now)
            await self._staff_desk.note(
                uow, staff, StaffAction.RESTORE_ACCESS, customer.id, why, now, plan=plan.soft_id
            )
            await uow.commit()
            return not subscription.rests

    async def _give_back(self, uow: UnitOfWork, subscription: Subscription, now: datetime) -> None:
        """The time that its customer was kept out for, unless something else of ours keeps them out: then with that."""
        since = subscription.withheld_since
        if since is None or subscription.paused_for - {STAFF, PROVIDER}:
            return
        lost = access_policy.time_owed(await uow.ledger.of_subscription(subscription.id), since, now)
        if not lost:
            return
        entry = LedgerEntry(
            subscription_id=subscription.id,
            kind=LedgerKind.COMPENSATION,
            source_key=f"withheld:{subscription.id}:{since.isoformat()}",
            starts_at=since,
            length=lost,
            created_at=now,
        )
        await uow.ledger.add_if_new(entry)
        await self._grant_access.recount(uow, subscription)

    async def remove(self, actor: TelegramId, subscription_id: SubscriptionId, why: str, operation: UUID) -> None:
        """Access ends now, and so do charges. The ledger says so by an entry that takes the rest of the time."""
        now = self._clock.now()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.REMOVE_ACCESS)
            subscription, customer, plan = await self._live(uow, subscription_id)
            await self._grant_access.end(
                uow, subscription, customer, plan, now, reason=REMOVED, cause=str(operation), note=why
            )
            await self._staff_desk.note(uow, staff, StaffAction.REMOVE_ACCESS, customer.id, why, now, plan=plan.soft_id)
            await uow.commit()

    async def grant(
        self, actor: TelegramId, customer_id: CustomerId, plan_id: PlanId, days: int, why: str, operation: UUID
    ) -> datetime:
        """Give somebody a plan: a new subscription, or more time where they have it. Its end. Raises InvalidInput."""
        now = self._clock.now()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.GRANT_PLAN)
            customer, plan = await uow.customers.get(customer_id), await uow.plans.get(plan_id)
            if customer is None or plan is None:
                raise NothingToDo("gone")
            if not 0 < days <= DAYS_AT_MOST:
                raise InvalidInput("days", f"must be 1 to {DAYS_AT_MOST}")
            if await leads_nowhere(uow, plan):
                raise InvalidInput("channel", "the VIP channel is not set up: nobody could get in")
            given = await self._give_time.find(uow, customer, plan, plan.price, now)
            gift = _gift(plan.price, days, why, operation)
            if not await self._counted(uow, given.subscription, gift):
                await self._give_time.add(uow, given, customer, plan, gift, now)
                uow.record(AccessMoved(given.subscription.id, customer.id, str(operation)))
                facts = {"plan": plan.soft_id, "days": str(days)}
                await self._staff_desk.note(uow, staff, StaffAction.GRANT_PLAN, customer.id, why, now, **facts)
                await self._tell_owners(uow, staff, customer, plan, given.subscription, operation)
                await uow.commit()
            return given.subscription.access_until or now

    async def _tell_owners(
        self,
        uow: UnitOfWork,
        staff: Customer,
        customer: Customer,
        plan: ServicePlan,
        subscription: Subscription,
        operation: UUID,
    ) -> None:
        """Where staff gave more of this by now, in slices or at once, than may go unheard, or gave it to staff."""
        entries = await uow.ledger.of_subscription(subscription.id)
        given = sum((entry.length for entry in entries if entry.kind is LedgerKind.ADMIN_GRANT), timedelta())
        entry = next((each for each in entries if each.source_key == str(operation)), None)
        more = entry is not None and entry.length > timedelta()
        if more and (given > self._policy.unheard_gift or customer.staff_role is not None):
            uow.record(gift_to_hear_of(staff, customer, plan, given, str(operation)))

    async def _live(
        self, uow: UnitOfWork, subscription_id: SubscriptionId
    ) -> tuple[Subscription, Customer, ServicePlan]:
        subscription = await uow.subscriptions.get(subscription_id, lock=True)
        if subscription is None or not subscription.live:
            raise NothingToDo("over")
        customer, plan = await uow.customers.get(subscription.customer_id), await uow.plans.get(subscription.plan_id)
        if customer is None or plan is None:
            raise NothingToDo("gone")
        return subscription, customer, plan

    async def _counted(self, uow: UnitOfWork, subscription: Subscription, gift: Gift) -> bool:
        entries = await uow.ledger.of_subscription(subscription.id)
        return any((entry.kind, entry.source_key) == (gift.kind, gift.source_key) for entry in entries)

    async def _settled(
        self, uow: UnitOfWork, subscription: Subscription, customer: Customer, plan: ServicePlan, now: datetime
    ) -> None:
        await uow.subscriptions.save(subscription)
        await self._grant_access.settle(uow, subscription, customer, plan, now)


def checked_end(subscription: Subscription, days: int, now: datetime) -> datetime:
    """The end after so many days more. Raises InvalidInput("days")."""
    if days == 0 or abs(days) > DAYS_AT_MOST:
        raise InvalidInput("days", f"must be 1 to {DAYS_AT_MOST}, or as many to take")
    end = max(subscription.access_until or now, now) + days * _DAY
    if end <= now:
        raise InvalidInput("days_past", "would end it in the past")
    return end


def _gift(price: Money, days: int, why: str, operation: UUID) -> Gift:
    return Gift(
        kind=LedgerKind.ADMIN_GRANT,
        source_key=str(operation),
        length=days * _DAY,
        price=price,
        note=why,
        cause=f"admin:{operation}",
    )
