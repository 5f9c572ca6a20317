"""Button that sends the acknowledgement of a withdrawal as a file."""

import asyncio
from uuid import UUID

from aiogram import Bot, Router
from aiogram.types import BufferedInputFile, CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.screens import acknowledgements as screens
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.messages.show_withdrawal import ShowWithdrawal
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import OrderId


def acknowledgements_router() -> Router:
    """Return the router of the button below an acknowledgement."""
    router = Router(name="acknowledgements")
    router.callback_query.register(_send, PressFilter(callbacks.ACKNOWLEDGEMENT_PATTERN))
    return router


async def _send(
    callback: CallbackQuery,
    order: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    show_withdrawal: ShowWithdrawal,
    policy: Policy,
) -> None:
    message = await show_withdrawal(customer.telegram_id, OrderId(UUID(order)))
    if message is None:
        return
    file = screens.file(t, message, policy.brand)
    content = await asyncio.to_thread(file.make)
    caption = t("document.withdrawal.caption", plan=message.plan_name, reference=message.reference)
    await bot.send_document(customer.telegram_id, BufferedInputFile(content, file.name), caption=caption)
