"""What customers write freely goes to the operator's people, whose replies come back to them.

Nothing is stored: the message that reaches the operator's people carries a button that names the customer, and a reply
to it brings that button along.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from aiogram import Bot
from aiogram.enums import ContentType
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import InlineKeyboardMarkup, Message

from bot.chat import NO_PREVIEW
from bot.keyboards import keyboard, link
from bot.panel.data import long, short
from bot.screens.news import CARD
from bot.texts import DEFAULT, Texts, texts_for
from subscriptions.application.people.customers import FindCustomer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock

log = structlog.get_logger(__name__)

SPAN: Final = timedelta(hours=1)
PASSED_ON: Final = 10
"""How many messages of one person reach the operator's people within `SPAN`."""
KEPT: Final = 1000
"""Of how many people it is known how much they wrote lately."""
_CARD: Final = re.compile(rf"https://t\.me/\w+\?start={CARD}([A-Za-z0-9_-]{{22}})")
_LONG: Final = 3000
"""A text beyond so many characters is copied as it is: it would not fit beside its head."""


@dataclass(frozen=True)
class Passed:
    """What became of somebody's words. first: of theirs for a while. reached: somebody has them. over: too many."""

    reached: bool = False
    first: bool = False
    over: bool = False


class SupportDesk:
    """Between customers and the operator's people."""

    def __init__(
        self, bot: Bot, clock: Clock, find_customer: FindCustomer, owners: frozenset[TelegramId], group: int | None
    ) -> None:
        """group: the operator's, where it is to arrive; the owners' own chats where there is none."""
        self._bot = bot
        self._clock = clock
        self._find_customer = find_customer
        self._owners = owners
        self.group = group
        self._lately: dict[TelegramId, tuple[datetime, int]] = {}

    async def pass_on(self, message: Message, customer: Customer) -> Passed:
        """Hand it to the group, or to the owners where there is none or it cannot be reached."""
        count = self._count(customer.telegram_id)
        if count > PASSED_ON:
            return Passed(reached=True, over=True)
        reached = self.group is not None and await self._hand(message, customer, self.group)
        for owner in sorted(self._owners) if not reached else ():
            reached |= owner != customer.telegram_id and await self._hand(message, customer, owner)
        return Passed(reached=reached, first=count == 1)

    async def customer_of(self, reply: Message) -> Customer | None:
        """Whom a reply is for; None where it answers nothing of ours."""
        asked = reply.reply_to_message
        if asked is None or asked.from_user is None or asked.from_user.id != self._bot.id:
            return None
        rows = asked.reply_markup.inline_keyboard if asked.reply_markup else []
        found = next((match for row in rows for each in row if (match := _CARD.fullmatch(each.url or ""))), None)
        known = long(found[1]) if found is not None else None
        return await self._find_customer(CustomerId(known)) if known is not None else None

    async def answer(self, reply: Message, customer: Customer, t: Texts) -> bool:
        """Send it to the customer; t: in their language. Whether it arrived."""
        try:
            if reply.content_type == ContentType.TEXT and len(reply.text or "") <= _LONG:
                said = t("support.answer", text=reply.text or "")
                await self._bot.send_message(customer.telegram_id, said, link_preview_options=NO_PREVIEW)
            else:
                await self._bot.send_message(customer.telegram_id, t("support.answer", text="").strip())
                await self._bot.copy_message(customer.telegram_id, reply.chat.id, reply.message_id)
        except (TelegramForbiddenError, TelegramBadRequest) as refused:
            log.warning("an answer did not arrive", customer=str(customer.id), reason=str(refused))
            return False
        return True

    def _count(self, person: TelegramId) -> int:
        now = self._clock.now()
        since, count = self._lately.get(person, (now, 0))
        since, count = (since, count + 1) if now - since < SPAN else (now, 1)
        self._lately = {person: (since, count)} if len(self._lately) > KEPT else self._lately
        self._lately[person] = since, count
        return count

    async def _hand(self, message: Message, customer: Customer, chat: int) -> bool:
        t = texts_for(await self._language_of(chat))
        facts = {"name": customer.mention, "reference": customer.telegram_id}
        try:
            markup = await self._card(t, customer)
            if message.content_type == ContentType.TEXT and len(message.text or "") <= _LONG:
                said = t("support.asked", text=message.text or "", **facts)
                await self._bot.send_message(chat, said, reply_markup=markup, link_preview_options=NO_PREVIEW)
            else:
                await self._bot.send_message(chat, t("support.sent", **facts), reply_markup=markup)
                await self._bot.copy_message(chat, message.chat.id, message.message_id, reply_markup=markup)
        except (TelegramForbiddenError, TelegramBadRequest) as refused:
            log.warning("nobody of support was reached there", chat=chat, reason=str(refused))
            return False
        return True

    async def _card(self, t: Texts, customer: Customer) -> InlineKeyboardMarkup | None:
        me = await self._bot.me()
        address = f"https://t.me/{me.username}?start={CARD}{short(customer.id)}"
        return keyboard(link(t.plain("buttons.their_card"), address))

    async def _language_of(self, chat: int) -> str:
        owner = await self._find_customer.by_telegram_id(TelegramId(chat)) if chat > 0 else None
        return owner.language if owner is not None else DEFAULT
