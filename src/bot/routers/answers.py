"""Forwarding of staff's replies to customers' questions."""

from typing import Any

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.enums import ChatType
from aiogram.filters import Filter
from aiogram.types import Message

from bot.chat import DELIVERED_REACTION, nod
from bot.support_desk import SupportDesk
from bot.texts import DEFAULT, Texts, texts_for
from subscriptions.application.people.keep_questions import KeepQuestions
from subscriptions.domain.entities.customer import Customer


class IsAnswer(Filter):
    """Filter for replies to a forwarded question. The handler receives the customer, or None if the customer is
    unknown.
    """

    async def __call__(self, message: Message, support_desk: SupportDesk) -> bool | dict[str, Any]:
        """Return the customer for the handler, or False for any other message. See aiogram's filters."""
        customer = await support_desk.customer_of(message)
        return {"asker": customer} if customer is not None or support_desk.is_lost(message) else False


def for_staff(customer: Customer) -> None:
    """Skip the handler unless the sender is a staff member."""
    if customer.staff_role is None:
        raise SkipHandler


def group_answers_router(group: int | None) -> Router:
    """Return the router of the support group, where every member may answer."""
    router = Router(name="group-answers")
    router.message.filter(F.chat.id == group, F.chat.type.in_({ChatType.GROUP, ChatType.SUPERGROUP}))
    router.message.register(_in_group, F.reply_to_message, IsAnswer())
    return router


def answers_router() -> Router:
    """Return the router of staff members' private chats. It has to precede routers that process other messages of
    staff.
    """
    router = Router(name="answers")
    router.message.register(_in_private, F.reply_to_message, IsAnswer())
    return router


async def _in_group(
    message: Message, asker: Customer | None, support_desk: SupportDesk, keep_questions: KeepQuestions
) -> None:
    await _answer(message, asker, support_desk, keep_questions, texts_for(DEFAULT))


async def _in_private(
    message: Message,
    customer: Customer,
    asker: Customer | None,
    support_desk: SupportDesk,
    keep_questions: KeepQuestions,
    t: Texts,
) -> None:
    for_staff(customer)
    await _answer(message, asker, support_desk, keep_questions, t)


async def _answer(
    message: Message, asker: Customer | None, support_desk: SupportDesk, keep_questions: KeepQuestions, t: Texts
) -> None:
    if asker is None:
        await message.reply(t("support.unmatched"))
        return
    has_arrived = await support_desk.answer(message, asker, texts_for(asker.language))
    if has_arrived:
        author = str(message.from_user.id) if message.from_user is not None else str(message.chat.id)
        await keep_questions.answer(
            asker.id, author, support_desk.text_of(message), message.chat.id, message.message_id
        )
        if await nod(message, DELIVERED_REACTION):
            return
    await message.reply(t("support.delivered" if has_arrived else "support.undelivered", name=asker.mention))
