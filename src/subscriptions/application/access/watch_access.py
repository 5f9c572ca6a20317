"""Alarms for customers who paid but did not get access in time."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCheck
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.payment_causes import id_in
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ids import AccessId, CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


class PaidWithoutAccess(AlarmKind):
    """Alarm: a customer paid but has no working invite link.

    until: time at which the payment is returned if they still cannot enter; None if it is not returned automatically
    """

    name = "paid_without_access"
    closes = ByCheck(alarm_causes.has_access)
    link = AlarmLink.REPAIR
    access: AccessId
    customer: CustomerId
    channel: str | None = None
    plan: str | None = None
    until: datetime | None = None


async def is_reachable_again(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the bot can message the customer again, the customer is a member, or the customer is no longer
    entitled.
    """
    access_id = id_in(alarm.facts.get("access"))
    access = await uow.accesses.get(AccessId(access_id)) if access_id is not None else None
    if access is None or access.status is not AccessStatus.INVITED:
        return access_id is not None
    customer = await uow.customers.get(access.customer_id)
    return customer is None or customer.reachable


class PayerUnreachable(AlarmKind):
    """Alarm: a customer paid but blocked the bot, or deleted their account, so the bot can't send the invite link."""

    name = "payer_unreachable"
    closes = ByCheck(is_reachable_again)
    access: AccessId
    customer: CustomerId
    channel: str | None = None
    plan: str | None = None


async def has_everybody_opened(uow: UnitOfWork, _: Alarm, __: datetime) -> bool:
    """Return True if no customer with access has yet to open the bot."""
    return not await uow.customers.count_unopened()


class CustomersUnopened(AlarmKind):
    """Alarm: people have access, for example by an import, and have not opened the bot, so that it cannot send them
    their invite links.

    people: number of these people
    bot: link that the people can be sent, which opens the bot; the bot's @name is not known in every process
    """

    name = "customers_unopened"
    closes = ByCheck(has_everybody_opened)
    people: int
    bot: str | None = None


@dataclass(frozen=True)
class WatchAccess:
    """Use case that checks whether a paying customer has access, and alerts the owners otherwise. Repeated checks raise
    only one alarm.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, access_id: AccessId, until: datetime | None = None) -> None:
        """Raise an alarm if an entitled customer cannot enter, or if the bot can't send the link because the customer
        blocked the bot. All customers who have not opened the bot yet share one alarm.

        until: time at which the payment is returned automatically; None if it is not
        """
        async with self.units() as uow:
            access = await uow.accesses.get(access_id)
            customer = await uow.customers.get(access.customer_id) if access is not None else None
            if access is None or customer is None:
                return
            is_unreachable = access.status is AccessStatus.INVITED and not customer.reachable
            if not is_unreachable and not await alarm_causes.is_kept_out(uow, access):
                return
            if customer.unopened_at is not None:
                await self._keep_unopened(uow)
                return
            channel = await uow.channels.get(access.channel_id)
            plan = await uow.plans.get(channel.plan_id) if channel is not None and channel.plan_id is not None else None
            kind = PayerUnreachable if is_unreachable else partial(PaidWithoutAccess, until=until)
            alarm = kind(
                access=access.id,
                customer=access.customer_id,
                channel=channel.title if channel is not None else None,
                plan=plan.soft_id if plan is not None else None,
            )
            uow.record(alarm.raise_event(f"{alarm.name}:{access.id}", self.clock.now()))
            await uow.commit()

    async def _keep_unopened(self, uow: UnitOfWork) -> None:
        newest = await uow.alarms.newest(CustomersUnopened.name, f"{CustomersUnopened.name}:")
        if newest is not None and newest.open:
            return
        username = await uow.variables.get(BOT_USERNAME)
        link = f"https://t.me/{username}?start" if username else None
        alarm = CustomersUnopened(people=await uow.customers.count_unopened(), bot=link)
        await keep_alarm(uow, CustomersUnopened, "any", alarm, self.clock.now())
        await uow.commit()
