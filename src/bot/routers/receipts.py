"""The /recibos command lists receipts and credit notes, each also as a document."""

import asyncio
from collections.abc import Sequence
from importlib import import_module
from uuid import UUID

from aiogram import Bot, Router
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.commands import command_filter
from bot.receipt_rows import ReadReceiptRows
from bot.screens import plans
from bot.screens import receipts as screens
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.payments.show_receipts import ShowReceipts
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.payment_gateway import GatewayRegistry


def receipts_router() -> Router:
    """Return the router of the command and of its buttons."""
    router = Router(name="receipts")
    router.message.register(_receipts, command_filter("recibos"))
    router.callback_query.register(_receipts, PressFilter(callbacks.RECEIPTS))
    router.callback_query.register(_document, PressFilter(callbacks.INVOICE_PATTERN))
    return router


async def _document(
    callback: CallbackQuery,
    receipt: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    show_receipts: ShowReceipts,
    policy: Policy,
) -> None:
    line = await show_receipts.one(customer.telegram_id, UUID(receipt))
    if line is None:
        await show(callback, plans.stale(t), bot)
        return
    # The PDF library is imported with the first document.
    make = import_module("bot.receipt_document").receipt
    content: bytes = await asyncio.to_thread(make, t, line, policy.brand)
    await bot.send_document(customer.telegram_id, BufferedInputFile(content, f"{line.receipt.label}.pdf"))


async def _receipts(
    event: Message | CallbackQuery,
    customer: Customer,
    t: Texts,
    bot: Bot,
    show_receipts: ShowReceipts,
    gateways: GatewayRegistry,
    support_contact: str,
    receipt_rows: Sequence[ReadReceiptRows],
) -> None:
    lines = await show_receipts(customer.telegram_id)
    newest = screens.newest_receipt(lines)
    more = [row for read in receipt_rows for row in await read(customer, t, newest)]
    await show(event, screens.receipts(t, lines, gateways.descriptors(), support_contact, more), bot)
