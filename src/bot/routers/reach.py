"""Handler of updates by which Telegram reports that a customer blocked or unblocked the bot."""

from aiogram import F, Router
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.types import ChatMemberUpdated

from bot.middlewares.meeting import person_of
from subscriptions.application.deliveries.mark_unreachable import MarkUnreachable
from subscriptions.application.people.customers import MeetCustomer
from subscriptions.domain.ids import TelegramId


def reach_router() -> Router:
    """Return the router of changes to the bot's membership in private chats, by which Telegram reports that a customer
    blocked the bot.
    """
    router = Router(name="reach")
    router.my_chat_member.filter(F.chat.type == ChatType.PRIVATE)
    router.my_chat_member.register(_record_membership)
    return router


async def _record_membership(
    update: ChatMemberUpdated, mark_unreachable: MarkUnreachable, meet_customer: MeetCustomer
) -> None:
    if update.new_chat_member.status == ChatMemberStatus.KICKED:
        await mark_unreachable(TelegramId(update.chat.id))
    elif update.old_chat_member.status == ChatMemberStatus.KICKED:
        await meet_customer(person_of(update.from_user))
