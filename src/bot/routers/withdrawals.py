"""«Desistir del contrato»: two steps, and the acknowledgement as a file."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from aiogram import Bot, Router
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.screens import Screen
from bot.screens import withdrawals as screens
from bot.status_section import StatusSection
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.messages.show_withdrawal import ShowWithdrawal
from subscriptions.application.withdrawals.contracts import WithdrawalRefused
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import OrderId


@dataclass(frozen=True)
class WithdrawalDesk:
    """Use cases of a withdrawal's first step, reached by a button or by the deep link."""

    withdraw_contract: WithdrawContract
    support: str

    async def screen(self, customer: Customer, t: Texts, order: str | None = None) -> Screen:
        """Return the first step.

        order: hexadecimal digits of the order's id; None asks which one if there are several.
        """
        try:
            if order is not None:
                contract = await self.withdraw_contract.preview(customer.telegram_id, OrderId(UUID(order)))
                return screens.card(t, contract)
            contracts = await self.withdraw_contract.open_to(customer.telegram_id)
        except WithdrawalRefused as refusal:
            return self.show_refusal(t, refusal)
        return screens.card(t, contracts[0]) if len(contracts) == 1 else screens.choose(t, contracts)

    def show_refusal(self, t: Texts, refusal: WithdrawalRefused) -> Screen:
        """Return the reason of the refusal, with a contact address."""
        return screens.refusal_screen(t, refusal, self.support)


@dataclass(frozen=True)
class WithdrawalSections:
    """Section of the status card while a contract can be withdrawn from."""

    withdraw_contract: WithdrawContract

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the sections."""
        try:
            contracts = await self.withdraw_contract.open_to(customer.telegram_id)
        except WithdrawalRefused:
            return []
        return [screens.section(t)] if contracts else []


def withdrawals_router() -> Router:
    """Return the router of both steps and of the acknowledgement file."""
    router = Router(name="withdrawals")
    router.callback_query.register(_withdraw, PressFilter(callbacks.WITHDRAW_PATTERN))
    router.callback_query.register(_confirm, PressFilter(callbacks.CONFIRM_WITHDRAW_PATTERN))
    router.callback_query.register(_acknowledgement, PressFilter(callbacks.ACKNOWLEDGEMENT_PATTERN))
    return router


async def _withdraw(
    event: CallbackQuery | Message,
    customer: Customer,
    t: Texts,
    bot: Bot,
    withdrawal_desk: WithdrawalDesk,
    order: str | None = None,
) -> None:
    await show(event, await withdrawal_desk.screen(customer, t, order), bot)


async def _confirm(
    callback: CallbackQuery,
    order: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    withdraw_contract: WithdrawContract,
    withdrawal_desk: WithdrawalDesk,
) -> None:
    try:
        withdrawal = await withdraw_contract(customer.telegram_id, OrderId(UUID(order)))
    except WithdrawalRefused as refusal:
        await show(callback, withdrawal_desk.show_refusal(t, refusal), bot)
        return
    # The acknowledgement with its file is a separate notification, which is sent even if this process dies now.
    await show(callback, screens.confirmation(t, withdrawal), bot)


async def _acknowledgement(
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
