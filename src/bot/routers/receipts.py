"""The /recibos command lists receipts and credit notes, each also as a document; /factura requests an invoice."""

import asyncio
from collections.abc import Awaitable
from importlib import import_module
from typing import Final
from uuid import UUID

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.commands import command_filter
from bot.screens import plans
from bot.screens import receipts as screens
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.invoices.request_invoice import InvoiceRefused, RequestInvoice
from subscriptions.application.invoices.show_invoices import ShowInvoices
from subscriptions.application.payments.list_receipts import ShowReceipts
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.invoice import Buyer, InvoiceWay
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.ports.payment_gateway import GatewayRegistry

_PARTS: Final = 4


def receipts_router() -> Router:
    """Return the router of both commands and of their buttons."""
    router = Router(name="receipts")
    router.message.register(_receipts, command_filter("recibos"))
    router.callback_query.register(_receipts, PressFilter(callbacks.RECEIPTS))
    router.callback_query.register(_want_invoice, PressFilter(callbacks.WANT_INVOICE_PATTERN))
    router.callback_query.register(_same_invoice, PressFilter(callbacks.SAME_INVOICE_PATTERN))
    router.message.register(_name_buyer, Command("factura", "invoice", "fatura"))
    router.callback_query.register(_document, PressFilter(callbacks.INVOICE_PATTERN))
    router.callback_query.register(_invoice, PressFilter(callbacks.ISSUED_PATTERN))
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
    make = import_module("bot.documents").receipt
    content: bytes = await asyncio.to_thread(make, t, line, policy.brand)
    await bot.send_document(customer.telegram_id, BufferedInputFile(content, f"{line.receipt.label}.pdf"))


async def _invoice(
    callback: CallbackQuery,
    record: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    show_invoices: ShowInvoices,
    policy: Policy,
) -> None:
    invoice_view = await show_invoices.one(customer.telegram_id, UUID(record))
    if invoice_view is None:
        await show(callback, plans.stale(t), bot)
        return
    make = import_module("bot.invoice_document").invoice
    content: bytes = await asyncio.to_thread(make, t, invoice_view, policy.brand)
    await bot.send_document(customer.telegram_id, BufferedInputFile(content, f"{invoice_view.label}.pdf"))


async def _receipts(
    event: Message | CallbackQuery,
    customer: Customer,
    t: Texts,
    bot: Bot,
    show_receipts: ShowReceipts,
    show_invoices: ShowInvoices,
    gateways: GatewayRegistry,
    support_contact: str,
    policy: Policy,
) -> None:
    lines = await show_receipts(customer.telegram_id)
    invoices = await show_invoices(customer.telegram_id)
    may_ask = policy.invoices is not InvoiceWay.OFF
    screen = screens.receipts(t, lines, gateways.descriptors(), support_contact, invoices, invoices=may_ask)
    await show(event, screen, bot)


async def _want_invoice(
    callback: CallbackQuery,
    receipt: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    request_invoice: RequestInvoice,
    support_contact: str,
) -> None:
    try:
        found_receipt, buyer = await request_invoice.offer(customer.telegram_id, UUID(receipt))
    except InvoiceRefused as refusal:
        await show(callback, screens.invoice_refused(t, refusal.reason, support_contact), bot)
        return
    await show(callback, screens.ask_buyer(t, found_receipt, buyer), bot)


async def _same_invoice(
    callback: CallbackQuery,
    receipt: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    request_invoice: RequestInvoice,
    support_contact: str,
    policy: Policy,
) -> None:
    request = request_invoice.reissue(customer.telegram_id, UUID(receipt))
    await _settle(callback, t, bot, request, support_contact, policy)


async def _name_buyer(
    message: Message,
    command: CommandObject,
    customer: Customer,
    t: Texts,
    bot: Bot,
    request_invoice: RequestInvoice,
    support_contact: str,
    policy: Policy,
) -> None:
    """Parse the receipt's number (optional), the tax number, the name and the address, separated by semicolons."""
    parts = [part.strip() for part in (command.args or "").split(";", 3)]
    label, *buyer = parts if len(parts) == _PARTS else ["", *parts]
    tax_id, name, address = (*buyer, "", "", "")[:3]
    request = request_invoice(customer.telegram_id, label, Buyer(tax_id=tax_id, name=name, address=address))
    await _settle(message, t, bot, request, support_contact, policy)


async def _settle(
    event: Message | CallbackQuery, t: Texts, bot: Bot, request: Awaitable[Receipt], support: str, policy: Policy
) -> None:
    try:
        screen = screens.invoice_asked(t, await request, issued_here=policy.invoices is InvoiceWay.VERIFACTU)
    except InvoiceRefused as refusal:
        screen = screens.invoice_refused(t, refusal.reason, support)
    await show(event, screen, bot)
