"""Unreachable customers: they never opened the bot or blocked it, or their Telegram account is deleted."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.delivery import BLOCKED_BOT, DELETED_ACCOUNT, NEVER_OPENED
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


class AccountDeleted(AlarmKind):
    """Alarm: a customer with a deleted Telegram account is still charged. `subscription`: all subscriptions that charge
    the customer.
    """

    name = "account_deleted"
    closes = ByCause()
    telegram_id: TelegramId
    subscription: str


@dataclass(frozen=True)
class MarkUnreachable:
    """Use case that marks a customer as unreachable. An unreachable customer gets no messages until they contact the
    bot again.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, telegram_id: TelegramId, reason: str = BLOCKED_BOT) -> None:
        """Mark the customer as unreachable. `reason`: one of `UNREACHABLE`. A person who is not a
        customer is ignored.
        """
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id, lock=True)
            if customer is not None:
                await mark_unreachable(uow, customer, reason, self.clock.now())
                await uow.commit()


async def mark_unreachable(uow: UnitOfWork, customer: Customer, reason: str, now: datetime) -> None:
    """Mark a customer, whose row the caller has locked, as unreachable. The caller commits.

    The owners are alerted if a customer with a deleted account is still charged, because that customer cannot cancel.
    """
    if reason == NEVER_OPENED and customer.reachable:
        customer.unopened_at = now
        await uow.customers.save(customer)
    elif reason != NEVER_OPENED and customer.blocked_at is None:
        customer.blocked_at = now
        await uow.customers.save(customer)
    if reason == DELETED_ACCOUNT and (going_on := await charged_subscriptions(uow, customer.id)):
        subscriptions = ", ".join(str(each.id) for each in going_on)
        alarm = AccountDeleted(telegram_id=customer.telegram_id, subscription=subscriptions)
        await keep_alarm(uow, AccountDeleted, str(customer.id), alarm, now)


async def charged_subscriptions(uow: UnitOfWork, customer_id: CustomerId) -> list[Subscription]:
    """Return the subscriptions that still charge a customer."""
    return [each for each in await uow.subscriptions.of_customer(customer_id) if each.renews]
