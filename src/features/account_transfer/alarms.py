"""Alarms about account transfers."""

from datetime import datetime
from uuid import UUID

from features.account_transfer.ports import TAKEOVERS_KEY
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck, News
from subscriptions.application.alarms.payment_causes import id_in
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def is_over(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the transfer is closed, or its notice was delivered after all."""
    identifier = id_in(alarm.facts.get("transfer"))
    takeover = await uow.of(TAKEOVERS_KEY).get(identifier) if identifier is not None else None
    if takeover is None:
        return identifier is not None
    return takeover.closed_at is not None or takeover.undelivered is None


class TakeoverUnannounced(AlarmKind):
    """A transfer is to happen, and the customer's present account could not be notified.

    moves_at: timestamp of the transfer, None while two staff members have to confirm it.
    """

    name = "takeover_unannounced"
    closes = ByCheck(is_over)
    customer: CustomerId
    telegram_id: TelegramId
    other_account: TelegramId
    transfer: UUID
    reason: str
    moves_at: datetime | None = None


class TakeoverObjected(AlarmKind):
    """The first account objected to a transfer."""

    name = "takeover_objected"
    closes = News()
    customer: CustomerId
    telegram_id: TelegramId
    other_account: TelegramId
