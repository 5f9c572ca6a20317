"""Alarms about future charges of which the customer could not be notified."""

from datetime import datetime

from subscriptions.application.alarms.alarm_kind import ByCheck, OfSubscription, stored_fact
from subscriptions.application.alarms.payment_causes import id_in
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.notification import NOTICES, Notification
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def is_settled(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the charge was made, will not be made, or was announced after all."""
    identifier = id_in(alarm.facts.get("subscription"))
    subscription = await uow.subscriptions.get(SubscriptionId(identifier)) if identifier is not None else None
    if subscription is None:
        return identifier is not None
    charge = subscription.next_charge
    if charge is None or not subscription.takes_money or stored_fact(charge) != alarm.facts.get("charge"):
        return True
    cause = alarm.key.removeprefix(f"{alarm.kind}:")
    notices = [await uow.notifications.by_key(f"{kind}:{cause}") for kind in NOTICES]
    return any(notice is not None and notice.sent_at is not None for notice in notices)


class ChargeUnannounced(OfSubscription):
    """Alarm: a charge could not be announced, because the customer blocked the bot or Telegram refused the message."""

    name = "charge_unannounced"
    closes = ByCheck(is_settled)
    charge: datetime


async def warn_unannounced(uow: UnitOfWork, notice: Notification) -> None:
    """Raise an alarm if `notice`, a message that could not be delivered, announces a future charge. Idempotent."""
    if notice.kind not in NOTICES or notice.subject is None:
        return
    subscription = await uow.subscriptions.get(SubscriptionId(notice.subject))
    if subscription is None or subscription.next_charge is None or not subscription.takes_money:
        return
    alarm = ChargeUnannounced(
        subscription=subscription.id, customer=subscription.customer_id, charge=subscription.next_charge
    )
    uow.record(alarm.raise_event(f"{ChargeUnannounced.name}:{notice.cause}"))
