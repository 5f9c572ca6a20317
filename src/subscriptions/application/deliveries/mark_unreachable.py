"""Who cannot be written to: they blocked the bot, or their account at Telegram is gone."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.delivery import BLOCKED_BOT, DELETED_ACCOUNT
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


class AccountDeleted(AlarmKind):
    """Somebody whose account at Telegram is gone is still charged. subscription: all of theirs."""

    name = "account_deleted"
    closes = ByCause()
    telegram_id: TelegramId
    subscription: str


@dataclass(frozen=True)
class MarkUnreachable:
    """Remembers that a person cannot be reached: nobody writes to them until they come back."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, telegram_id: TelegramId, reason: str = BLOCKED_BOT) -> None:
        """reason: one of `UNREACHABLE`. Unknown people are ignored: they were never a customer."""
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id, lock=True)
            if customer is not None:
                await mark_unreachable(uow, customer, reason, self.clock.now())
                await uow.commit()


async def mark_unreachable(uow: UnitOfWork, customer: Customer, reason: str, now: datetime) -> None:
    """The same for a customer whose row is locked; the caller commits. Who goes on paying from an account that is gone
    is told to the owners: they cannot cancel any more."""
    if customer.reachable:
        customer.blocked_at = now
        await uow.customers.save(customer)
    if reason == DELETED_ACCOUNT and (going_on := await charged_subscriptions(uow, customer.id)):
        subscriptions = ", ".join(str(each.id) for each in going_on)
        alarm = AccountDeleted(telegram_id=customer.telegram_id, subscription=subscriptions)
        await keep_alarm(uow, AccountDeleted, str(customer.id), alarm, now)


async def charged_subscriptions(uow: UnitOfWork, customer_id: CustomerId) -> list[Subscription]:
    """What a customer is still charged for."""
    return [each for each in await uow.subscriptions.of_customer(customer_id) if each.renews]
