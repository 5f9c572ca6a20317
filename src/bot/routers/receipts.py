"""/recibos: what was paid and what went back, by its numbers."""

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.chat import show
from bot.screens import receipts as screens
from bot.texts import Texts
from subscriptions.application.payments.list_receipts import ShowReceipts
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.payment_gateway import GatewayRegistry


def receipts_router() -> Router:
    """The command in both languages."""
    router = Router(name="receipts")
    router.message.register(_receipts, Command("recibos", "receipts"))
    return router


async def _receipts(
    message: Message,
    customer: Customer,
    t: Texts,
    bot: Bot,
    show_receipts: ShowReceipts,
    gateways: GatewayRegistry,
    support_contact: str,
) -> None:
    lines = await show_receipts(customer.telegram_id)
    await show(message, screens.receipts(t, lines, gateways.descriptors(), support_contact), bot)
