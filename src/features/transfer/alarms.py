"""Alarms about account transfers."""

from datetime import datetime
from uuid import UUID

from features.transfer.ports import ACCOUNT_TRANSFERS_KEY
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck, News
from subscriptions.application.alarms.payment_causes import id_in
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def is_over(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the transfer is closed, or the notice about it was delivered after all."""
    identifier = id_in(alarm.facts.get("transfer"))
    account_transfer = await uow.of(ACCOUNT_TRANSFERS_KEY).get(identifier) if identifier is not None else None
    if account_transfer is None:
        return identifier is not None
    return account_transfer.closed_at is not None or account_transfer.undelivered is None


class AccountTransferUnannounced(AlarmKind):
    """Alarm: an account transfer is pending, and the customer's current account could not be notified.

    `moves_at`: time of the transfer; None while two staff members must confirm it.
    """

    name = "takeover_unannounced"
    closes = ByCheck(is_over)
    customer: CustomerId
    telegram_id: TelegramId
    other_account: TelegramId
    transfer: UUID
    reason: str
    moves_at: datetime | None = None


class AccountTransferObjected(AlarmKind):
    """Alarm: the customer's first account objected to an account transfer."""

    name = "takeover_objected"
    closes = News()
    customer: CustomerId
    telegram_id: TelegramId
    other_account: TelegramId
