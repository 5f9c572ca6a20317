"""Forwarding of customers' messages to staff, and of staff's replies to customers.

The mapping between messages and customers is not stored: the forwarded message carries a button that identifies the
customer, and Telegram includes that message in a reply to it.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from aiogram import Bot
from aiogram.enums import ContentType
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat
from aiogram.types import InlineKeyboardMarkup, Message

from bot.chat import NO_PREVIEW
from bot.keyboards import keyboard, link
from bot.panel.data import QUESTION_PREFIX, full_id, short
from bot.texts import DEFAULT, LANGUAGES, Texts, texts_for
from features.support.alarms import SupportRefused
from features.support.wiring import ReadReplies
from subscriptions.application.alarms.alarms import KeepAlarm
from subscriptions.application.people.customers import FindCustomer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock

log = structlog.get_logger(__name__)

SPAN: Final = timedelta(hours=1)
PASSED_ON: Final = 10
"""Maximum number of messages of one customer that are forwarded within `SPAN`."""
MAX_PEOPLE: Final = 1000
"""Maximum number of customers whose recent messages are remembered."""
_QUESTION_LINK: Final = re.compile(rf"https://t\.me/\w+\?start={QUESTION_PREFIX}([A-Za-z0-9_-]{{22}})")
_GROUP_ERRORS: Final = (TelegramForbiddenError, TelegramBadRequest, TelegramMigrateToChat)
"""Telegram errors for a group that cannot be reached. A group that became a supergroup has a new id and cannot be
reached by the old id.
"""
_RECEIPTS: Final = ("support.delivered", "support.undelivered")
_LONGEST_TEXT: Final = 3000
"""Maximum length, in characters, of a text that is sent below a heading; a longer message is copied unchanged."""


@dataclass(frozen=True)
class HandOver:
    """Result of forwarding a customer's message to staff.

    is_reached: True if at least one staff chat received the message
    is_first: True if the message is the customer's first within `SPAN`
    is_over: True if the customer exceeded the limit of messages, so that the message was not forwarded
    """

    is_reached: bool = False
    is_first: bool = False
    is_over: bool = False


@dataclass
class _Lately:
    """Messages that one customer sent within `SPAN`.

    messages: ids of forwarded messages; an album counts as one message
    has: pairs of message id and chat for delivered messages
    heads: pairs of message id and chat for delivered headings
    first_message: id of the first delivered message
    """

    started_at: datetime
    messages: set[str] = field(default_factory=set)
    has: set[tuple[int, int]] = field(default_factory=set)
    heads: set[tuple[int, int]] = field(default_factory=set)
    first_message: int | None = None


class SupportDesk:
    """Forwarding of messages between customers and staff."""

    def __init__(
        self,
        bot: Bot,
        clock: Clock,
        find_customer: FindCustomer,
        owners: frozenset[TelegramId],
        group: int | None,
        keep_alarm: KeepAlarm,
        replies: ReadReplies,
    ) -> None:
        """Create the service.

        group: chat id of the support group; None forwards messages to the owners' chats
        keep_alarm: use case that raises or closes the alarm about a group that refuses messages
        replies: function that returns the current saved replies
        """
        self._bot = bot
        self._clock = clock
        self._find_customer = find_customer
        self._owners = owners
        self.group = group
        self._keep_alarm = keep_alarm
        self._replies = replies
        self._lately: dict[TelegramId, _Lately] = {}

    async def pass_on(self, message: Message, customer: Customer) -> HandOver:
        """Forward a message to the support group, or to the owners if there is no group or the group cannot be reached.

        A retry after a failure does not count as another message, and delivers only to chats that have not received the
        message.
        """
        recent, one = self._recent(customer.telegram_id), _one(message)
        if one not in recent.messages and len(recent.messages) >= PASSED_ON:
            return HandOver(is_reached=True, is_over=True)
        is_delivered = self.group is not None and await self._deliver(message, customer, self.group, recent)
        for owner in sorted(self._owners) if not is_delivered else ():
            is_delivered |= owner != customer.telegram_id and await self._deliver(message, customer, owner, recent)
        return HandOver(is_reached=is_delivered, is_first=recent.first_message == message.message_id)

    async def customer_of(self, reply: Message) -> Customer | None:
        """Return the customer to whom a reply is addressed, or None if the reply does not answer a forwarded message or
        the customer was erased.
        """
        short_id = self._customer_link(reply)
        customer_id = full_id(short_id) if short_id is not None else None
        question_message = reply.reply_to_message
        return (
            await self._find_customer(CustomerId(customer_id), question_message.date)
            if customer_id is not None and question_message
            else None
        )

    def is_lost(self, reply: Message) -> bool:
        """Return True if a reply without a known customer was intended for a customer: it answers a forwarded question
        or a delivery receipt.
        """
        ours = self._ours(reply)
        return self._customer_link(reply) is not None or (ours is not None and (ours.text or "").startswith(_heads()))

    def text_of(self, reply: Message) -> str:
        """Return the text to store for a reply: the saved reply whose command it contains, or else the message's own
        text.
        """
        return self._replies().get(reply.text or "") or text_of(reply)

    async def answer(self, reply: Message, customer: Customer, t: Texts) -> bool:
        """Send a reply to the customer, and return True if it was delivered. t: texts in the customer's language."""
        try:
            if reply.content_type == ContentType.TEXT and len(reply.text or "") <= _LONGEST_TEXT:
                text = t("support.answer", text=self.text_of(reply))
                await self._bot.send_message(customer.telegram_id, text, link_preview_options=NO_PREVIEW)
            else:
                await self._bot.send_message(customer.telegram_id, t("support.answer", text="").strip())
                await self._bot.copy_message(customer.telegram_id, reply.chat.id, reply.message_id)
        except _GROUP_ERRORS as error:
            log.warning("an answer did not arrive", customer=str(customer.id), reason=str(error))
            return False
        return True

    def _customer_link(self, reply: Message) -> str | None:
        """Return the customer's id from the link below the answered question; None if the reply answers no question.
        Alarms also link to customers, but are not questions.
        """
        ours = self._ours(reply)
        rows = ours.reply_markup.inline_keyboard if ours is not None and ours.reply_markup else []
        return next(
            (match[1] for row in rows for each in row if (match := _QUESTION_LINK.fullmatch(each.url or ""))), None
        )

    def _ours(self, reply: Message) -> Message | None:
        message = reply.reply_to_message
        return message if message is not None and message.from_user and message.from_user.id == self._bot.id else None

    def _recent(self, person: TelegramId) -> _Lately:
        now, recent = self._clock.now(), self._lately.get(person)
        if recent is None or now - recent.started_at >= SPAN:
            self._lately = {} if len(self._lately) > MAX_PEOPLE else self._lately
            recent = self._lately[person] = _Lately(now)
        return recent

    async def _deliver(self, message: Message, customer: Customer, chat: int, lately: _Lately) -> bool:
        """Deliver a message to a chat, and return True if it was delivered. Undelivered messages do not count towards
        the limit.
        """
        source = message.message_id, chat
        if source not in lately.has:
            if not await self._hand(message, customer, chat, lately):
                return False
            lately.has.add(source)
            lately.messages.add(_one(message))
            lately.first_message = lately.first_message or message.message_id
        return True

    async def _hand(self, message: Message, customer: Customer, chat: int, lately: _Lately) -> bool:
        t = texts_for(await self._language_of(chat))
        facts = {"name": customer.mention, "reference": customer.telegram_id}
        try:
            markup = await self._card(t, customer)
            if message.content_type == ContentType.TEXT and len(message.text or "") <= _LONGEST_TEXT:
                text = t("support.asked", text=message.text or "", **facts)
                await self._bot.send_message(chat, text, reply_markup=markup, link_preview_options=NO_PREVIEW)
            else:
                if (message.message_id, chat) not in lately.heads:
                    await self._bot.send_message(chat, t("support.sent", **facts), reply_markup=markup)
                    lately.heads.add((message.message_id, chat))
                await self._bot.copy_message(chat, message.chat.id, message.message_id, reply_markup=markup)
        except _GROUP_ERRORS as error:
            log.warning("nobody of support was reached there", chat=chat, reason=str(error))
            await self._explain(chat, SupportRefused(group=str(chat), reason=str(error)))
            return False
        await self._explain(chat, None)
        return True

    async def _explain(self, chat: int, refusal: SupportRefused | None) -> None:
        if chat == self.group:
            await self._keep_alarm(SupportRefused, str(chat), refusal)

    async def _card(self, t: Texts, customer: Customer) -> InlineKeyboardMarkup | None:
        me = await self._bot.me()
        address = f"https://t.me/{me.username}?start={QUESTION_PREFIX}{short(customer.id)}"
        return keyboard(link(t.plain("buttons.their_card"), address))

    async def _language_of(self, chat: int) -> str:
        owner = await self._find_customer.by_telegram_id(TelegramId(chat)) if chat > 0 else None
        return owner.language if owner is not None else DEFAULT


def text_of(message: Message) -> str:
    """Return the text of a message to store, preceded by the message's type unless it is a text message."""
    words = message.text or message.caption or ""
    kind = "" if message.content_type == ContentType.TEXT else f"[{message.content_type}]"
    return " ".join(part for part in (kind, words) if part)


def _one(message: Message) -> str:
    """Return the id of a message's album, or of the message itself if it is not part of an album."""
    return message.media_group_id or str(message.message_id)


def _heads() -> tuple[str, ...]:
    """Return the first words of the bot's delivery receipts in each language, by which the receipts are recognized."""
    heads = [texts_for(each).plain(key, name="\0") for each in LANGUAGES for key in _RECEIPTS]
    return tuple(text.partition("\0")[0] for text in heads)
