"""Money that was taken and gave no access in time: an alarm, with a way to repair it."""

from datetime import datetime
from enum import StrEnum

from subscriptions.application.access.resource_kind import kind_of_place
from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck, Subject, Way
from subscriptions.application.alarms.payment_causes import id_in
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.access import WITHOUT, AccessStatus
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import AccessId, CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class PaidWithoutAccess(AlarmKind):
    """Somebody has paid and has no way in."""

    name = "paid_without_access"
    closes = ByCheck(alarm_causes.has_access)
    subject = Subject.CUSTOMER
    way = Way.REPAIR
    access: AccessId
    customer: CustomerId
    channel: str | None = None
    plan: str | None = None


async def is_heard(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return whether the customer can be written to again, is inside, or has no right to be any more."""
    access_id = id_in(alarm.facts.get("access"))
    access = await uow.accesses.get(AccessId(access_id)) if access_id is not None else None
    if access is None or access.status is not AccessStatus.INVITED:
        return access_id is not None
    customer = await uow.customers.get(access.customer_id)
    return customer is None or customer.reachable


class PayerUnreachable(AlarmKind):
    """Somebody has paid and blocked the bot, so that their link does not reach them."""

    name = "payer_unreachable"
    closes = ByCheck(is_heard)
    subject = Subject.CUSTOMER
    access: AccessId
    customer: CustomerId
    channel: str | None = None
    plan: str | None = None


class WatchAccess:
    """Looks once; the alarm stays one however often it is seen."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def __call__(self, access_id: AccessId) -> None:
        """Nothing happens where the customer has their link, or is inside."""
        async with self._units() as uow:
            access = await uow.accesses.get(access_id)
            customer = await uow.customers.get(access.customer_id) if access is not None else None
            if access is None or customer is None:
                return
            is_unreachable = access.status is AccessStatus.INVITED and not customer.reachable
            if access.status not in WITHOUT and not is_unreachable:
                return
            channel = await uow.channels.get(access.channel_id)
            plan = await uow.plans.get(channel.plan_id) if channel is not None and channel.plan_id is not None else None
            kind = PayerUnreachable if is_unreachable else PaidWithoutAccess
            alarm = kind(
                access=access.id,
                customer=access.customer_id,
                channel=channel.title if channel is not None else None,
                plan=plan.soft_id if plan is not None else None,
            )
            uow.record(alarm.raised(f"{kind.name}:{access.id}", self._clock.now()))
            await uow.commit()


class Repair(StrEnum):
    """What came of a press. done: it is prepared again · nothing: there is nothing to repair (any more) · account_lost:
    the account that owns the channel has to be signed in first · no_account: no account can make a channel now."""

    DONE = "done"
    NOTHING = "nothing"
    ACCOUNT_LOST = "account_lost"
    NO_ACCOUNT = "no_account"


class RepairAccess:
    """What the alarm's button does: the channel is seen to again."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk

    async def __call__(self, actor: TelegramId, access_id: AccessId) -> Repair:
        """Raises NotAllowed. What cannot help by itself is asked for all the same, and said."""
        now = self._clock.now()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.REPAIR)
            access = await uow.accesses.get(access_id, lock=True)
            if access is None or access.status not in WITHOUT:
                return Repair.NOTHING
            channel = await uow.channels.get(access.channel_id)
            access.grant(shared=channel is not None and not kind_of_place(channel).for_one)
            await uow.accesses.save(access)
            if channel is not None:
                await kind_of_place(channel).back(uow, channel, access)
            await self._staff_desk.note(uow, staff, StaffAction.REPAIR, access.customer_id, "pressed at the alarm", now)
            outcome = await _prospect(uow, channel, now)
            await uow.commit()
        return outcome


async def _prospect(uow: UnitOfWork, channel: Channel | None, now: datetime) -> Repair:
    """Whether somebody can do now what was asked for."""
    if channel is None or not kind_of_place(channel).needs_account:
        return Repair.DONE
    accounts = {account.id: account for account in await uow.accounts.all()}
    owner = accounts.get(channel.account_id) if channel.account_id is not None else None
    if owner is None or owner.in_service:
        has_no_account = owner is None and not any(each.may_create_from(now) == now for each in accounts.values())
        return Repair.NO_ACCOUNT if has_no_account else Repair.DONE
    if channel.may_be_given_back or channel.may_be_made_anew:
        return Repair.DONE
    second = await uow.second_owners.of(channel.id)
    heir = accounts.get(second.account_id) if second is not None and second.promoted_at is not None else None
    return Repair.DONE if heir is not None and heir.in_service else Repair.ACCOUNT_LOST
