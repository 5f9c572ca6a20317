"""Sending of messages to customers and owners. Each cause leads to one message despite crashes. A message is sent twice
only if a crash occurs between sending and recording.
"""

from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, News
from subscriptions.application.alarms.alarms import keep_alarm, new_alarm, with_customer, with_names
from subscriptions.application.alarms.watch_alarms import open_again
from subscriptions.application.deliveries.mark_unreachable import AccountDeleted, charged_subscriptions
from subscriptions.application.dto.policy import Policy
from subscriptions.application.features import StateOf, all_on
from subscriptions.application.messages.announcement import ANNOUNCEMENTS, AlarmMessage, Sources
from subscriptions.application.messages.charge_notices import warn_unannounced
from subscriptions.application.messages.delivery import Delivery
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.delivery import BLOCKED_BOT, NEVER_OPENED, UNREACHABLE
from subscriptions.domain.entities.notification import (
    AFTER_PAYMENT,
    CARDS,
    OUTDATES,
    REMINDERS,
    Message,
    MessageKind,
    Notification,
)
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater, UmbralError
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.notifier import Notifier
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.reminder_policy import in_the_morning

log = structlog.get_logger(__name__)

NEWER_VERSION: Final = timedelta(seconds=5)
"""Delay before a kind of message that this version does not know is tried again."""

FIRST_THE_PAYMENT: Final = timedelta(minutes=2)
"""Time for which other messages are delayed until the message about a payment is sent. Afterwards they are sent even if
the payment message fails, except for reminders, which wait without limit.
"""

BY_DAY: Final = frozenset({MessageKind.NOT_JOINED})
"""Kinds of message that are not sent at night. Reminders are not listed, because they are scheduled during the day."""

STALE_AT_MOST: Final = 20
"""Maximum number of earlier messages checked for outdated buttons."""

MOOT: Final = "moot"
"""Failure reason of a message that no longer applies; an earlier attempt may have delivered it."""


SINGLE_ALARMS: Final = 3
"""Number of alarms of a kind that are sent separately in a burst. All further alarms of the burst are sent as one
message.
"""
BURST: Final = timedelta(minutes=10)
"""Maximum time between two alarms of one kind that count as one burst."""


class ManyAlarms(AlarmKind):
    """Alarm: many alarms of one kind were raised in a short time. `alarms`: name of that kind."""

    name = "many_alarms"
    closes = News()
    link = AlarmLink.ALARMS
    alarms: str


class Announce:
    """Use case that sends one message to one customer or alarm to the owners, once."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        notifier: Notifier,
        clock: Clock,
        policy: Policy,
        gateways: GatewayRegistry,
        state_of: StateOf = all_on,
    ) -> None:
        """Create the use case. `state_of`: function that returns the state of the feature that declares a class."""
        self._gateways = gateways
        self._units = units
        self._notifier = notifier
        self._delivery = Delivery(units, notifier, clock)
        self._clock = clock
        self._policy = policy
        self._state_of = state_of

    async def __call__(self, kind: str, customer_id: CustomerId, subject: UUID, key: str) -> None:
        """Send the message, unless the customer is unreachable. Raises RetryLater while Telegram is unreachable, and
        at night.
        """
        announcement = ANNOUNCEMENTS.get(kind)
        if announcement is None:
            # This occurs during an upgrade: a process of the newer version knows the message.
            raise RetryLater(f"{kind} is no message of this version", delay=NEWER_VERSION)
        now = self._clock.now()
        async with self._units() as uow:
            customer = await uow.customers.get(customer_id)
            if customer is None:
                raise Permanent(f"customer {customer_id} is gone")
            morning = in_the_morning(now, self._policy.zones.zone_of(customer.language, customer.zone))
            if kind in BY_DAY and morning > now:
                raise RetryLater("nobody is woken for it", delay=morning - now)
            message = await announcement.load(Sources(uow, self._policy, now, customer_id, self._state_of), subject)
        if message is None:
            await self._let_be(kind, key)
            return
        notification = Notification.owe(
            message, key, customer.telegram_id, customer.language, now, subject, customer.zone
        )
        if kind in AFTER_PAYMENT or message.follows_payment:
            await self._first_the_payment(notification, customer_id)
        if customer.reachable:
            # Outdated buttons are removed before the message, except that a payment's announcement must not be delayed.
            if kind != MessageKind.PAYMENT_RECEIVED:
                await self._take_buttons(notification, message.outdated)
            await self._delivery([notification], message)
            if kind == MessageKind.PAYMENT_RECEIVED:
                await self._take_buttons(notification, message.outdated)
        else:
            await self._keep(notification)

    async def alarm(
        self,
        key: str,
        kind: str,
        facts: dict[str, str],
        owners: frozenset[TelegramId],
        at: datetime | None = None,
    ) -> None:
        """Store an alarm, and notify every owner once each time the alarm is raised.

        If many alarms of a kind are raised at about the same time, one message per hour covers them. `at`: time at
        which the cause was detected. If one owner is unreachable, the others are still notified.
        """
        now = self._clock.now()
        log.error("alarm", kind=kind, key=key, owners=len(owners), **{f"fact_{name}": facts[name] for name in facts})
        async with self._units() as uow:
            facts = await with_customer(uow, facts)
            alarm_row = new_alarm(key, kind, facts, min(at or now, now))
            alarm = alarm_row if await uow.alarms.add_if_new(alarm_row) else await open_again(uow, alarm_row)
            # Names are not stored with the alarm, because the alarm may stay open after its customer is erased.
            named_facts = await with_names(uow, facts, self._gateways)
            burst_count = alarm and await uow.alarms.count_beside(
                kind, alarm.raised_at - BURST, alarm.raised_at + BURST
            )
            await uow.commit()
        if alarm is None:
            return
        if burst_count and burst_count > SINGLE_ALARMS:
            many = ManyAlarms(alarms=kind).raise_event(f"{ManyAlarms.name}:{kind}:{alarm.raised_at:%Y-%m-%dT%H}")
            await self.alarm(many.key, many.kind, dict(many.facts), owners, alarm.raised_at)
            return
        message = AlarmMessage(alarm=kind, facts=named_facts)
        failure: UmbralError | None = None
        for owner in sorted(owners):
            async with self._units() as uow:
                customer = await uow.customers.by_telegram_id(owner)
            language = customer.language if customer else LANGUAGES.home
            try:
                notification = Notification.owe(message, f"{key}:{owner}", owner, language, self._clock.now())
                await self._delivery([await self._separate_notification(notification, alarm)], message)
            except (RetryLater, Ambiguous) as error:
                failure = error
        if failure is not None:
            raise failure

    async def _separate_notification(self, notification: Notification, alarm: Alarm) -> Notification:
        """Return the notification, with a different key if its key already belongs to a notification about an earlier
        occurrence of the alarm.
        """
        async with self._units() as uow:
            earlier_notification = await uow.notifications.by_key(notification.key)
        if earlier_notification is not None and earlier_notification.created_at < alarm.raised_at:
            notification.key = f"{notification.key}:{alarm.raised_at.isoformat()}"
        return notification

    async def _take_buttons(self, earlier_notification: Notification, outdated: Set[str]) -> None:
        """Remove the buttons of earlier messages that this message makes outdated. outdated: kinds of earlier messages
        that this message declares as outdated.
        """
        async with self._units() as uow:
            later = earlier_notification.kind
            outdated = outdated | {kind for kind, each in ANNOUNCEMENTS.items() if later in each.outdated_by}
            kinds = OUTDATES.get(later, frozenset()) | outdated
            notifications = (
                await uow.notifications.sent_to(earlier_notification.recipient, kinds, STALE_AT_MOST) if kinds else []
            )
        for notification in notifications:
            if earlier_notification.outdates(notification, _identity_of(notification.kind)):
                await self._notifier.take_buttons(notification)
                if notification.kind in CARDS:
                    await self._forget(notification)

    async def _forget(self, card: Notification) -> None:
        """Forget which message shows a card, after its buttons were removed. When the card is opened again, a new
        message is sent.
        """
        async with self._units() as uow:
            notification = await uow.notifications.by_key(card.key, lock=True)
            if notification is not None:
                notification.message_id = None
                await uow.notifications.save(notification)
                await uow.commit()

    async def _first_the_payment(self, fresh: Notification, customer_id: CustomerId) -> None:
        """Raise RetryLater while the message about a payment has not been sent, for a limited time after the first
        attempt.
        """
        async with self._units() as uow:
            if not await uow.notifications.is_notification_queued(MessageKind.PAYMENT_RECEIVED, customer_id):
                return
            await uow.notifications.add_if_new(fresh)
            notification = await uow.notifications.by_key(fresh.key)
            await uow.commit()
        # A reminder waits without a limit, because its delay does no harm.
        waits = fresh.kind in REMINDERS or (
            notification is not None and fresh.created_at - notification.created_at < FIRST_THE_PAYMENT
        )
        if notification is not None and not notification.is_settled and waits:
            raise RetryLater("that the payment arrived is told first")

    async def _let_be(self, kind: str, key: str) -> None:
        """Record that a message no longer applies and is not sent again, even if an earlier attempt may have delivered
        it.
        """
        async with self._units() as uow:
            await _give_up(uow, f"{kind}:{key}", MOOT)
            await uow.commit()

    async def _keep(self, notification: Notification) -> None:
        """Store a message to a customer who blocked the bot or never opened it, without sending it."""
        async with self._units() as uow:
            await uow.notifications.add_if_new(notification)
            customer = await uow.customers.by_telegram_id(notification.recipient)
            # The process may have died while sending, before the customer blocked the bot.
            is_unopened = customer is not None and customer.unopened_at is not None
            await _give_up(uow, notification.key, NEVER_OPENED if is_unopened else BLOCKED_BOT)
            if customer is not None and not await charged_subscriptions(uow, customer.id):
                await keep_alarm(uow, AccountDeleted, str(customer.id), None, self._clock.now())
            await uow.commit()


async def _give_up(uow: UnitOfWork, key: str, reason: str) -> None:
    notification = await uow.notifications.by_key(key, lock=True)
    if notification is None or notification.is_settled:
        return
    notification.give_up(reason)
    if reason in UNREACHABLE:
        await warn_unannounced(uow, notification)
    await uow.notifications.save(notification)


def _identity_of(kind: str) -> Sequence[str]:
    """Return the facts that identify the subject of a message. Cards have no message class, so the default applies."""
    return ANNOUNCEMENTS[kind].identity if kind in ANNOUNCEMENTS else Message.identity
