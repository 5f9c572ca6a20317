"""Alarm about charges that are due while the customer's personal channel is missing, and automatic refunds of such
charges.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmLink, ByCause, OfSubscription
from subscriptions.application.alarms.alarms import keep_alarm, subscription_facts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.subscriptions.money_left import left_of, request_refund
from subscriptions.domain.entities.alarm import RAISED_AGAIN_AFTER, Alarm
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

NOTICE: Final = timedelta(days=1)
"""Time before a charge at which the owners are alerted that the customer's channel is missing."""


class RenewalWithoutChannel(OfSubscription):
    """Alarm: a charge is due while the customer has no channel. `charged`: time of the charge."""

    name = "renewal_without_channel"
    closes = ByCause()
    link = AlarmLink.ACCOUNTS
    charged: datetime | None = None


KIND: Final = RenewalWithoutChannel.name


@dataclass(frozen=True)
class WatchRenewals:
    """Use case that alerts the owners to charges due without a channel, until the channel is ready or
    no charge is due.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self) -> None:
        """Raise and close the alarms. Idempotent and safe to run concurrently."""
        now = self.clock.now()
        async with self.units() as uow:
            subscriptions = {
                str(each.id): each for each in await uow.subscriptions.without_channel() if not each.is_paused
            }
            # Refunds lock orders, which come before alarms in the order of locks.
            for subject_id, subscription in subscriptions.items():
                alarm = await uow.alarms.newest(KIND, f"{KIND}:{subject_id}:")
                if alarm is not None and _stands(alarm, now):
                    await self._return(uow, subscription, alarm, now)
            alarm_subjects = {_subject_of(alarm) for alarm in await uow.alarms.open_of(KIND, f"{KIND}:")}
            for subject_id in alarm_subjects - subscriptions.keys():
                await keep_alarm(uow, RenewalWithoutChannel, subject_id, None, now)
            for subject_id, subscription in subscriptions.items():
                if subject_id not in alarm_subjects and _is_charged_soon(subscription, now):
                    await keep_alarm(uow, RenewalWithoutChannel, subject_id, _alarm(subscription), now)
            await uow.commit()

    async def _return(self, uow: UnitOfWork, subscription: Subscription, alarm: Alarm, now: datetime) -> None:
        """Refund each charge made since the alarm, once, less the amount that staff have already refunded."""
        if not self.policy.refund_without_channel or subscription.order_id is None:
            return
        for payment in await uow.payments.of_order(subscription.order_id):
            is_charged = payment.is_renewal and payment.recorded_at >= alarm.raised_at
            if not is_charged or payment.status is not PaymentStatus.CAPTURED or payment.flag is not None:
                continue
            operation = f"without_channel:{payment.id}"
            # The order is locked, because staff may be refunding the same payment.
            await uow.orders.get(payment.order_id, lock=True)
            left = await left_of(uow, payment)
            reason = "charged while the customer has no channel"
            if left.minor > 0 and await request_refund(
                uow, payment, left, operation, actor="system", reason=reason, at=now
            ):
                log.warning("charged without a channel, and given back", payment=payment.reference)


def _stands(alarm: Alarm, now: datetime) -> bool:
    """Return True if the alarm is open, or if staff closed it so recently that it may be raised again because its cause
    lasts.
    """
    return alarm.open or (
        alarm.closed_by is not None and alarm.closed_at is not None and now - alarm.closed_at < 2 * RAISED_AGAIN_AFTER
    )


def _is_charged_soon(subscription: Subscription, now: datetime) -> bool:
    charge = subscription.next_charge
    is_charged = subscription.takes_money and not subscription.cancel_at_period_end
    return charge is not None and charge <= now + NOTICE and is_charged


def _subject_of(alarm: Alarm) -> str:
    return alarm.key.split(":")[1]


def _alarm(subscription: Subscription) -> RenewalWithoutChannel:
    return RenewalWithoutChannel(**subscription_facts(subscription), charged=subscription.next_charge)
