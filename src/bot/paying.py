"""Once a payment arrived, the message that led to it leads there no more, so that nobody pays twice."""

from typing import Final
from uuid import UUID

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError

from bot.screens import verify as screens
from bot.texts import texts_for
from subscriptions.application.handlers.pay_messages import FindPayMessages
from subscriptions.domain.ids import PaymentId

log = structlog.get_logger(__name__)

WITHIN_S: Final = 5


class RetirePayMessages:
    """Best effort: nothing waits for it, and it is not tried again."""

    def __init__(self, bot: Bot, find: FindPayMessages) -> None:
        self._bot = bot
        self._find = find

    async def __call__(self, payment_id: UUID) -> None:
        """Telegram's refusals are logged."""
        found = await self._find(PaymentId(payment_id))
        if found is None:
            return
        text = screens.paid(texts_for(found.language), found.reference).text
        for message_id in found.message_ids:
            try:
                await self._bot.edit_message_text(
                    text, chat_id=found.chat, message_id=message_id, request_timeout=WITHIN_S
                )
            except TelegramAPIError as error:
                log.info("pay message left as it is", order=found.reference, reason=str(error))
