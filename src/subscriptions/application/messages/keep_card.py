"""Records of messages that show a card with buttons, so that outdated buttons can be removed later."""

from dataclasses import dataclass

from subscriptions.domain.entities.notification import CardKind, Notification
from subscriptions.domain.ids import NO_MESSAGE, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class KeepCard:
    """Use case that records which message shows a card. If the message is edited and still shows the card, its record
    is updated.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(
        self, card: CardKind, plan_name: str, message_id: int, recipient: TelegramId, language: str
    ) -> None:
        """Record a card. `plan_name`: name of the card's plan; empty for a card that asks which plan to buy. Views of
        the Mini App are not recorded.
        """
        if message_id <= NO_MESSAGE:
            return
        shown_notification = Notification.for_card(card, plan_name, message_id, recipient, language, self.clock.now())
        async with self.units() as uow:
            if not await uow.notifications.add_if_new(shown_notification):
                notification = await uow.notifications.by_key(shown_notification.key, lock=True)
                if notification is None or (notification.params, notification.message_id) == (
                    shown_notification.params,
                    shown_notification.message_id,
                ):
                    return
                notification.params, notification.message_id = shown_notification.params, shown_notification.message_id
                await uow.notifications.save(notification)
            await uow.commit()

    async def forget(self, card: CardKind, message_id: int, recipient: TelegramId) -> None:
        """Delete the record of a message that now shows another screen instead of the card, so that its buttons are not
        removed.
        """
        async with self.units() as uow:
            notification = await uow.notifications.by_key(f"{card}:{recipient}:{message_id}", lock=True)
            if notification is not None and notification.message_id is not None:
                notification.message_id = None
                await uow.notifications.save(notification)
                await uow.commit()
