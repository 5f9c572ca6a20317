"""Getting a message to its reader: noted before it leaves, settled once it is known what became of it."""

from collections.abc import Sequence

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause, Subject
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.messages.charge_notices import warn_unannounced
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import BLOCKED, DELETED, EVIDENCE, Message, Notification
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater, ThreadGone
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.notifier import Notifier, SentMessage
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)


class AccountDeleted(AlarmKind):
    """Somebody whose account at Telegram is gone is still charged. subscription: all of theirs."""

    name = "account_deleted"
    closes = ByCause()
    subject = Subject.SUBSCRIPTION
    telegram_id: TelegramId
    subscription: str


class Delivery:
    """Sends what is owed, once; it may be doubled only between send and record, and that is counted."""

    def __init__(self, units: UnitOfWorkFactory, notifier: Notifier, clock: Clock) -> None:
        self._units = units
        self._notifier = notifier
        self._clock = clock

    async def __call__(self, fresh: Sequence[Notification], message: Message) -> str | None:
        """fresh: what this one message says, all of it to one chat. Why it was refused for good; None where it was not.

        Raises RetryLater and Ambiguous.
        """
        notifications = await self._claim(fresh)
        return await self._send(notifications, message) if notifications else None

    async def _claim(self, fresh: Sequence[Notification]) -> Sequence[Notification]:
        """Note that the message is about to leave, before it does. None of what has left, or was given up."""
        notifications = list[Notification]()
        async with self._units() as uow:
            for each in fresh:
                await uow.notifications.add_if_new(each)
                notification = await uow.notifications.by_key(each.key, lock=True)
                if notification is None or notification.settled:
                    continue
                if notification.sending_since is not None:
                    notification.repeated += 1
                    log.warning("message may be sent twice after a crash", kind=notification.kind)
                notification.params, notification.sending_since = each.params, self._clock.now()
                await uow.notifications.save(notification)
                notifications.append(notification)
            await uow.commit()
        return notifications

    async def _send(self, notifications: Sequence[Notification], message: Message) -> str | None:
        try:
            sent_message = await self._say(notifications[0], message)
        except Ambiguous:
            # It may have arrived: `sending_since` stays, so that the repetition is counted.
            raise
        except (ActionRequired, Permanent) as refusal:
            reason = refusal.kind if isinstance(refusal, ActionRequired) else str(refusal)
            log.warning("message refused", kind=notifications[0].kind, reason=reason)
            await self._settle(notifications, reason=reason)
            return reason
        except RetryLater:
            await self._settle(notifications)
            raise
        await self._settle(notifications, sent_message=sent_message)
        return None

    async def _say(self, notification: Notification, message: Message) -> SentMessage:
        try:
            return await self._notifier.send(notification, message)
        except ThreadGone:
            beside_message = message.astray()
            if beside_message is None:
                raise
            log.warning(
                "topic of a group is gone, told in the group itself", kind=notification.kind, topic=message.thread
            )
            return await self._notifier.send(notification, beside_message)

    async def _settle(
        self,
        notifications: Sequence[Notification],
        *,
        sent_message: SentMessage | None = None,
        reason: str | None = None,
    ) -> None:
        """Write down what became of it. The rows are read again: what somebody else counted in them must stay."""
        async with self._units() as uow:
            unreachable = reason in (BLOCKED, DELETED)
            # Before their messages, as who hears from them again and says what was kept.
            customer = (
                await uow.customers.by_telegram_id(notifications[0].recipient, lock=True) if unreachable else None
            )
            for each in notifications:
                notification = await uow.notifications.get(each.id, lock=True)
                if notification is None:
                    continue
                if sent_message is not None:
                    notification.message_id, notification.sent_at, notification.failed = (
                        sent_message.id,
                        self._clock.now(),
                        None,
                    )
                    notification.text = sent_message.text if notification.kind in EVIDENCE else None
                elif not notification.settled:
                    notification.failed = reason
                    await warn_unannounced(uow, notification)
                notification.sending_since = None
                await uow.notifications.save(notification)
            if customer is not None:
                await self._mark_unreachable(uow, customer, is_deleted=reason == DELETED)
            await uow.commit()

    async def _mark_unreachable(self, uow: UnitOfWork, customer: Customer, *, is_deleted: bool) -> None:
        """is_deleted: for good. Whoever goes on paying then is told of: they cannot cancel any more."""
        customer.blocked_at = customer.blocked_at or self._clock.now()
        await uow.customers.save(customer)
        if is_deleted and (going_on := await charged_subscriptions(uow, customer.id)):
            subscriptions = ", ".join(str(each.id) for each in going_on)
            alarm = AccountDeleted(telegram_id=customer.telegram_id, subscription=subscriptions)
            await keep_alarm(uow, AccountDeleted, str(customer.id), alarm, self._clock.now())


async def charged_subscriptions(uow: UnitOfWork, customer_id: CustomerId) -> list[Subscription]:
    """What a customer is still charged for."""
    return [each for each in await uow.subscriptions.of_customer(customer_id) if each.renews]
