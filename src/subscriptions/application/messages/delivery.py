"""Delivery of a message to its recipient. The attempt is recorded before it is made, and its outcome afterwards."""

from collections.abc import Sequence

import structlog

from subscriptions.application.deliveries.attempt import attempt
from subscriptions.application.deliveries.mark_unreachable import mark_unreachable
from subscriptions.application.messages.charge_notices import warn_unannounced
from subscriptions.domain.entities.delivery import UNREACHABLE, InDoubt, Outcome, Postponed, Refused, Sent
from subscriptions.domain.entities.notification import Message, Notification
from subscriptions.domain.errors import ThreadGone
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.notifier import Notifier, SentMessage
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class Delivery:
    """Service that sends a message once. A crash between sending and recording may cause a second message, which is
    counted.
    """

    def __init__(self, units: UnitOfWorkFactory, notifier: Notifier, clock: Clock) -> None:
        self._units = units
        self._notifier = notifier
        self._clock = clock

    async def __call__(self, fresh: Sequence[Notification], message: Message) -> str | None:
        """Send one message. Return the reason if Telegram permanently refuses the message, otherwise None.

        `fresh`: notifications that this message covers, all for one chat. Raises RetryLater and Ambiguous.
        """
        notifications = await self._claim(fresh)
        return await self._send(notifications, message) if notifications else None

    async def _claim(self, fresh: Sequence[Notification]) -> Sequence[Notification]:
        """Record the attempt before it is made. Return the notifications that are still to be sent."""
        notifications = list[Notification]()
        async with self._units() as uow:
            for each in fresh:
                await uow.notifications.add_if_new(each)
                notification = await uow.notifications.by_key(each.key, lock=True)
                if notification is None or notification.is_settled:
                    continue
                if not notification.begin(self._clock.now()):
                    log.warning("message may be sent twice after a crash", kind=notification.kind)
                notification.params = each.params
                await uow.notifications.save(notification)
                notifications.append(notification)
            await uow.commit()
        return notifications

    async def _send(self, notifications: Sequence[Notification], message: Message) -> str | None:
        outcome = await attempt(self._say(notifications[0], message))
        await self._settle(notifications, outcome, keeps_text=not message.is_protected)
        match outcome:
            case Postponed() | InDoubt():
                raise outcome.error
            case Refused():
                log.warning("message refused", kind=notifications[0].kind, reason=outcome.reason)
                return outcome.reason
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
        self, notifications: Sequence[Notification], outcome: Outcome[SentMessage], *, keeps_text: bool
    ) -> None:
        """Record the outcome of the attempt. The rows are loaded again, so that concurrent changes are kept."""
        reason = outcome.reason if isinstance(outcome, Refused) else None
        async with self._units() as uow:
            # The customer is locked before the notifications, as in the code for returning customers.
            customer = (
                await uow.customers.by_telegram_id(notifications[0].recipient, lock=True)
                if reason in UNREACHABLE
                else None
            )
            for each in notifications:
                notification = await uow.notifications.get(each.id, lock=True)
                if notification is None:
                    continue
                was_settled = notification.is_settled
                if isinstance(outcome, Sent):
                    notification.message_id, notification.sent_at = outcome.message.id, self._clock.now()
                    notification.text = outcome.message.text if keeps_text else None
                notification.settle(outcome)
                if isinstance(outcome, Refused) and not was_settled:
                    await warn_unannounced(uow, notification)
                await uow.notifications.save(notification)
            if customer is not None and reason is not None:
                await mark_unreachable(uow, customer, reason, self._clock.now())
            await uow.commit()
