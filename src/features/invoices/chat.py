"""Invoices in the chat: buttons below the receipts, the command /factura, documents and messages."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final
from uuid import UUID

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardButton, Message

from bot.callbacks import PressFilter
from bot.chat import show
from bot.feature import ChatPart
from bot.screens import plans
from bot.texts import Texts
from features.invoices import screens
from features.invoices.domain.invoice import Buyer, InvoiceIssuer, ReadInvoicing
from features.invoices.feature import FEATURE
from features.invoices.messages import Invoice
from features.invoices.use_cases.request_invoice import InvoiceRefused, RequestInvoice
from features.invoices.use_cases.show_invoices import ShowInvoices
from features.invoices.wiring import InvoicesContainer
from subscriptions.application.dto.policy import Policy
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.receipt import Receipt

_PARTS: Final = 4


@dataclass(frozen=True)
class InvoiceDesk:
    """Handlers of the command /factura and of the buttons of invoices. support: contact address."""

    request_invoice: RequestInvoice
    show_invoices: ShowInvoices
    read_invoicing: ReadInvoicing
    policy: Policy
    support: str

    async def rows(self, customer: Customer, t: Texts, newest: Receipt | None) -> Sequence[list[InlineKeyboardButton]]:
        """Return buttons for the customer's invoices, and a button that requests an invoice for the newest receipt
        unless invoices are switched off.
        """
        records = await self.show_invoices(customer.telegram_id)
        may_ask = self.read_invoicing().way is not InvoiceIssuer.OFF
        return screens.rows(t, records, newest if may_ask else None)

    async def send(self, callback: CallbackQuery, record: str, customer: Customer, t: Texts, bot: Bot) -> None:
        """Send an invoice as a document."""
        invoice = await self.show_invoices.one(customer.telegram_id, UUID(record))
        if invoice is None:
            await show(callback, plans.stale(t), bot)
            return
        # The PDF library is imported with the first invoice.
        make = import_module("features.invoices.document").invoice
        content: bytes = await asyncio.to_thread(make, t, invoice, self.policy.brand)
        await bot.send_document(customer.telegram_id, BufferedInputFile(content, f"{invoice.label}.pdf"))

    async def want(self, callback: CallbackQuery, receipt: str, customer: Customer, t: Texts, bot: Bot) -> None:
        """Ask the customer for the buyer to be named on the invoice."""
        try:
            found_receipt, buyer = await self.request_invoice.offer(customer.telegram_id, UUID(receipt))
        except InvoiceRefused as refusal:
            await show(callback, screens.refused(t, refusal.reason, self.support), bot)
            return
        await show(callback, screens.ask_buyer(t, found_receipt, buyer), bot)

    async def same(self, callback: CallbackQuery, receipt: str, customer: Customer, t: Texts, bot: Bot) -> None:
        """Request an invoice for the buyer named on the previous invoice."""
        await self._settle(callback, t, bot, self.request_invoice.reissue(customer.telegram_id, UUID(receipt)))

    async def name_buyer(
        self, message: Message, command: CommandObject, customer: Customer, t: Texts, bot: Bot
    ) -> None:
        """Request an invoice from the command's text: receipt number (optional), tax number, name and address,
        separated by semicolons.
        """
        parts = [part.strip() for part in (command.args or "").split(";", 3)]
        label, *buyer = parts if len(parts) == _PARTS else ["", *parts]
        tax_id, name, address = (*buyer, "", "", "")[:3]
        request = self.request_invoice(customer.telegram_id, label, Buyer(tax_id=tax_id, name=name, address=address))
        await self._settle(message, t, bot, request)

    async def _settle(self, event: Message | CallbackQuery, t: Texts, bot: Bot, request: Awaitable[Receipt]) -> None:
        try:
            issued_here = self.read_invoicing().way is InvoiceIssuer.VERIFACTU
            screen = screens.asked(t, await request, issued_here=issued_here)
        except InvoiceRefused as refusal:
            screen = screens.refused(t, refusal.reason, self.support)
        await show(event, screen, bot)


def _desk(container: BotContainer) -> InvoiceDesk:
    use = InvoicesContainer(core=container.core)
    return InvoiceDesk(
        use.request_invoice(),
        use.show_invoices(),
        use.read_invoicing(),
        container.core.policy(),
        container.settings().support_contact,
    )


def _router(container: BotContainer) -> Router:
    desk = _desk(container)
    router = Router(name=FEATURE.name)
    router.message.register(desk.name_buyer, Command("factura", "invoice", "fatura"))
    router.callback_query.register(desk.want, PressFilter(screens.WANT_PATTERN))
    router.callback_query.register(desk.same, PressFilter(screens.SAME_PATTERN))
    router.callback_query.register(desk.send, PressFilter(screens.ISSUED_PATTERN))
    return router


CHAT: Final = ChatPart(
    router=_router,
    receipt_rows=lambda container: _desk(container).rows,
    messages={Invoice: screens.issued},
)
