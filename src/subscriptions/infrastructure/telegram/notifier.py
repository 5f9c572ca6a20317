"""Sender of messages to customers. The texts and their rendering are in the bot's package."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, LinkPreviewOptions
from aiogram.types import Message as TelegramMessage

from subscriptions.domain.entities.notification import CAN_WAIT, Message, Notification
from subscriptions.domain.ports.notifier import SentMessage
from subscriptions.infrastructure.telegram.bot_client import Bots, bot_api_errors
from subscriptions.infrastructure.telegram.quiet import Quiet, no_quiet_hours

log = structlog.get_logger(__name__)


class Attached(Protocol):
    """File to attach to a message."""

    @property
    def name(self) -> str: ...
    @property
    def make(self) -> Callable[[], bytes]: ...


class Rendition(Protocol):
    """Rendered message: HTML text and buttons. `attached`: file that is sent with the text as its caption."""

    @property
    def text(self) -> str: ...
    @property
    def markup(self) -> InlineKeyboardMarkup | None: ...
    @property
    def attached(self) -> Attached | None: ...


class Render(Protocol):
    """Function that renders a message in a language, with times in the customer's time zone if one is set."""

    def __call__(self, message: Message, language: str, *, zone: str | None = None) -> Rendition: ...


class TelegramNotifier:
    """Implementation of `Notifier` over the Bot API."""

    def __init__(self, bots: Bots, render: Render, quiet: Quiet = no_quiet_hours) -> None:
        self._bot = bots.subscription
        self._render = render
        self._pace = bots.pace
        self._quiet = quiet

    async def send(self, notification: Notification, message: Message) -> SentMessage:
        """Implements `Notifier.send`."""
        screen = self._render(message, notification.language, zone=notification.zone)
        await self._pace.take_turn(notification.recipient)
        with bot_api_errors():
            silent = (message.can_wait or notification.kind in CAN_WAIT) and self._quiet()
            sent_message = await self._send(notification.recipient, screen, message, silent=silent)
        return SentMessage(sent_message.message_id, screen.text)

    async def _send(self, chat: int, screen: Rendition, message: Message, *, silent: bool) -> TelegramMessage:
        file, is_protected = message.attachment, message.is_protected or None
        if screen.attached is not None:
            content = await asyncio.to_thread(screen.attached.make)
            document = BufferedInputFile(content, screen.attached.name)
            return await self._bot.send_document(chat, document, caption=screen.text, reply_markup=screen.markup)
        if file is None:
            return await self._bot.send_message(
                chat,
                screen.text,
                reply_markup=screen.markup,
                message_thread_id=message.thread,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                protect_content=is_protected,
                disable_notification=silent or None,
            )
        send = self._bot.send_photo if file.photo else self._bot.send_document
        return await send(
            chat,
            file.file_id,
            caption=screen.text,
            reply_markup=screen.markup,
            protect_content=is_protected,
            disable_notification=silent or None,
        )

    async def take_buttons(self, notification: Notification) -> None:
        """Implements `Notifier.take_buttons`."""
        await self._pace.take_turn(notification.recipient)
        try:
            await self._bot.edit_message_reply_markup(
                chat_id=notification.recipient, message_id=notification.message_id
            )
        except TelegramAPIError as error:
            log.info("buttons left as they are", kind=notification.kind, reason=str(error))
