"""Remembering a card that was shown with buttons, so that what happens later can take them."""

from dataclasses import dataclass

from subscriptions.domain.entities.app_press import NO_MESSAGE
from subscriptions.domain.entities.notification import CardKind, Notification
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class KeepCard:
    """Keeps which message shows it; one that is changed in its place stays one."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(
        self, card: CardKind, plan_name: str, message_id: int, recipient: TelegramId, language: str
    ) -> None:
        """plan_name: of the plan it speaks of, empty for one that asks which is meant. The Mini App's are not kept."""
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
        """Something else stands in its message now, whose buttons are not to be taken for it."""
        async with self.units() as uow:
            notification = await uow.notifications.by_key(f"{card}:{recipient}:{message_id}", lock=True)
            if notification is not None and notification.message_id is not None:
                notification.message_id = None
                await uow.notifications.save(notification)
                await uow.commit()
