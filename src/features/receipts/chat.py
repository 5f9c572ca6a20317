"""Receipts in the chat: the command /recibos, documents, the section of the status card, and the message that contains
a receipt.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final
from uuid import UUID

from aiogram import Bot, Router
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.commands import command_filter
from bot.feature import ChatPart
from bot.receipt_rows import ReadReceiptRows
from bot.screens import plans
from bot.status_section import StatusSection
from bot.texts import Texts
from features.receipts import screens
from features.receipts.callbacks import INVOICE_PATTERN
from features.receipts.feature import FEATURE
from features.receipts.messages import SentReceipt
from features.receipts.use_cases.show_receipts import ShowReceipts
from features.receipts.wiring import ReceiptsContainer
from subscriptions.application.dto.policy import Policy
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.payment_gateway import GatewayRegistry


@dataclass(frozen=True)
class ReceiptDesk:
    """Handlers of the command /recibos and of the buttons of receipts. support: contact address of the shop."""

    show_receipts: ShowReceipts
    gateways: GatewayRegistry
    policy: Policy
    support: str

    async def list(
        self,
        event: Message | CallbackQuery,
        customer: Customer,
        t: Texts,
        bot: Bot,
        receipt_rows: Sequence[ReadReceiptRows],
    ) -> None:
        """Show the customer's newest receipts."""
        lines = await self.show_receipts(customer.telegram_id)
        newest = screens.newest_receipt(lines)
        more = [row for read in receipt_rows for row in await read(customer, t, newest)]
        await show(event, screens.receipts(t, lines, self.gateways.descriptors(), self.support, more), bot)

    async def send(self, callback: CallbackQuery, receipt: str, customer: Customer, t: Texts, bot: Bot) -> None:
        """Send a receipt as a document."""
        line = await self.show_receipts.one(customer.telegram_id, UUID(receipt))
        if line is None:
            await show(callback, plans.stale(t), bot)
            return
        # The PDF library is imported with the first document.
        make = import_module("features.receipts.document").receipt
        content: bytes = await asyncio.to_thread(make, t, line, self.policy.brand)
        await bot.send_document(customer.telegram_id, BufferedInputFile(content, f"{line.receipt.label}.pdf"))

    async def sections(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the section of the status card whose button opens the receipts; empty if the customer
        has no receipt.
        """
        return [screens.section(t)] if await self.show_receipts(customer.telegram_id) else []


def _desk(container: BotContainer) -> ReceiptDesk:
    core = container.core
    show_receipts = ReceiptsContainer(core=core).show_receipts()
    return ReceiptDesk(show_receipts, core.gateways(), core.policy(), container.settings().support_contact)


def _router(container: BotContainer) -> Router:
    desk = _desk(container)
    router = Router(name=FEATURE.name)
    router.message.register(desk.list, command_filter("recibos"))
    router.callback_query.register(desk.list, PressFilter(callbacks.RECEIPTS))
    router.callback_query.register(desk.send, PressFilter(INVOICE_PATTERN))
    return router


CHAT: Final = ChatPart(
    router=_router,
    sections=lambda container: _desk(container).sections,
    commands=frozenset({"recibos"}),
    messages={SentReceipt: screens.sent},
)
