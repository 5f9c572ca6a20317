"""Forwarding of staff's replies to customers' questions."""

from dataclasses import dataclass
from typing import Any

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import Filter
from aiogram.types import Message

from bot.chat import DELIVERED_REACTION, nod
from bot.texts import DEFAULT, Texts, texts_for
from features.support.chat.desk import SupportDesk
from features.support.use_cases.keep_questions import KeepQuestions
from subscriptions.domain.entities.customer import Customer


@dataclass(frozen=True)
class IsAnswer(Filter):
    """Filter for replies to a forwarded question. The handler receives the customer, or None if the customer is
    unknown.
    """

    desk: SupportDesk

    async def __call__(self, message: Message) -> bool | dict[str, Any]:
        """Return the customer for the handler, or False for any other message. Implements `aiogram.filters.Filter`."""
        customer = await self.desk.customer_of(message)
        return {"asker": customer} if customer is not None or self.desk.is_lost(message) else False


@dataclass(frozen=True)
class ReplyDesk:
    """Handlers of staff's replies."""

    desk: SupportDesk
    keep_questions: KeepQuestions

    async def in_group(self, message: Message, asker: Customer | None) -> None:
        """Forward a reply from the support group to the customer. Every member of the group may answer."""
        await self._answer(message, asker, texts_for(DEFAULT))

    async def in_private(self, message: Message, customer: Customer, asker: Customer | None, t: Texts) -> None:
        """Forward a reply from a staff member's private chat to the customer."""
        if customer.staff_role is None:
            raise SkipHandler
        await self._answer(message, asker, t)

    async def _answer(self, message: Message, asker: Customer | None, t: Texts) -> None:
        if asker is None:
            await message.reply(t("support.unmatched"))
            return
        has_arrived = await self.desk.answer(message, asker, texts_for(asker.language))
        if has_arrived:
            author = str(message.from_user.id) if message.from_user is not None else str(message.chat.id)
            await self.keep_questions.answer(
                asker.id, author, self.desk.text_of(message), message.chat.id, message.message_id
            )
            if await nod(message, DELIVERED_REACTION):
                return
        await message.reply(t("support.delivered" if has_arrived else "support.undelivered", name=asker.mention))


def group_router(replies: ReplyDesk) -> Router:
    """Return the router of the support group."""
    router = Router(name="group-answers")
    router.message.register(replies.in_group, F.reply_to_message, IsAnswer(replies.desk))
    return router


def private_router(replies: ReplyDesk) -> Router:
    """Return the router of staff members' private chats."""
    router = Router(name="answers")
    router.message.register(replies.in_private, F.reply_to_message, IsAnswer(replies.desk))
    return router
