"""Middleware that deletes the records of a message whose button is pressed, as its handler replaces the message."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from aiogram import BaseMiddleware
from aiogram.dispatcher.flags import get_flag
from aiogram.types import CallbackQuery, TelegramObject

from subscriptions.application.checkout.pay_messages import RememberPayMessage
from subscriptions.application.messages.keep_card import KeepCard
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import CardKind

_KEEPS: Final = "keeps_message"

KEEPS_MESSAGE: Final[dict[str, Any]] = {_KEEPS: True}
"""aiogram flags of a handler after which the pressed message still shows the same purchase."""


@dataclass(frozen=True)
class PressedMessageMiddleware(BaseMiddleware):
    """Middleware that forgets that the pressed message links to a checkout or is a plan's card.

    The records are deleted before the handler runs: the handler itself may cancel the purchase, and the job that
    replaces expired checkout messages would then overwrite the handler's screen. A handler that shows a checkout or a
    plan's card in the message records it again.
    """

    remember_pay_message: RememberPayMessage
    keep_card: KeepCard

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Delete the records and call the handler. Implements `aiogram.BaseMiddleware`."""
        customer = data.get("customer")
        message = event.message if isinstance(event, CallbackQuery) and not get_flag(data, _KEEPS) else None
        if message is not None and isinstance(customer, Customer):
            message_id = message.message_id
            await self.remember_pay_message.nothing(customer.telegram_id, message_id)
            await self.keep_card.forget(CardKind.PLAN, message_id, customer.telegram_id)
        return await handler(event, data)
