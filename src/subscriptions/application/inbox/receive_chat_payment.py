"""Payments inside the chat. They are processed like webhooks: verified, stored once, and applied later."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByPerson
from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    GatewayRegistry,
    InvalidSignature,
    MalformedWebhook,
    TakesChatPayments,
    WebhookRequest,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class ChatPaymentUntaken(AlarmKind):
    """Alarm: no configured provider accepts a payment that was made in the chat. `update`: id of Telegram's update."""

    name = "chat_payment_untaken"
    closes = ByPerson("the payment's purpose is not recorded, nor whether the payer received anything for it")
    link = AlarmLink.METHODS
    update: str
    reason: str
    telegram_id: str | None = None


@dataclass(frozen=True)
class ReceiveChatPayment:
    """Use case that processes one update about a payment. Idempotent."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock
    receive_webhook: ReceiveWebhook

    async def __call__(self, update: Mapping[str, object]) -> None:
        """Process the update. Raises RetryLater. If no configured provider accepts the payment, an alarm is raised; the
        payment is never dropped.
        """
        for provider in self.gateways.enabled_names():
            request = self._seal(provider, update)
            if request is not None:
                try:
                    await self.receive_webhook(provider, dict(request.headers), request.body)
                except (InvalidSignature, MalformedWebhook) as error:
                    await self.give_up(update, str(error))
                return
        await self.give_up(update, "no configured provider takes it")

    def _seal(self, provider: str, update: Mapping[str, object]) -> WebhookRequest | None:
        gateway = self.gateways.get(provider)
        if isinstance(gateway, TakesChatPayments):
            return gateway.seal_update(update, self.clock.now())
        return None

    async def give_up(self, update: Mapping[str, object], reason: str) -> None:
        """Raise an alarm that staff must handle the payment. The update stays stored in `bot_updates`. `reason`: why it
        could not be processed.
        """
        number, payer = str(update.get("update_id", "")), _payer(update)
        log.error("money in the chat that cannot be taken", update=number, reason=reason)
        async with self.units() as uow:
            alarm = ChatPaymentUntaken(update=number, reason=reason, telegram_id=payer or None)
            uow.record(alarm.raise_event(f"chat_payment:{number}"))
            await uow.commit()


def _payer(update: Mapping[str, object]) -> str:
    """Return the Telegram id of the message's sender."""
    message = update.get("message")
    sender = message.get("from") if isinstance(message, Mapping) else None
    return str(sender.get("id", "")) if isinstance(sender, Mapping) else ""
