"""Messages to customers; what they say is rendered by the bot, which owns the texts."""

from collections.abc import Callable
from dataclasses import dataclass

from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup, LinkPreviewOptions

from subscriptions.domain.entities.notification import Notification
from subscriptions.infrastructure.telegram.bot_client import bot_api_errors


@dataclass(frozen=True)
class RenderedMessage:
    """HTML text and the buttons under it."""

    text: str
    markup: InlineKeyboardMarkup | None = None


Render = Callable[[Notification], RenderedMessage]


class TelegramNotifier:
    """See the port `Notifier`."""

    def __init__(self, bot: Bot, render: Render) -> None:
        self._bot = bot
        self._render = render

    async def send(self, notification: Notification) -> int:
        """See the port."""
        rendered = self._render(notification)
        with bot_api_errors():
            message = await self._bot.send_message(
                notification.recipient,
                rendered.text,
                reply_markup=rendered.markup,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        return message.message_id
