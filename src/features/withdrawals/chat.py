"""«Desistir del contrato» in the chat: two steps, the section of the status card, and the deep link."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.feature import ChatPart, StartLink
from bot.screens import Screen
from bot.status_section import StatusSection
from bot.texts import Texts
from features.withdrawals import screens
from features.withdrawals.feature import FEATURE
from features.withdrawals.wiring import WithdrawalsContainer
from subscriptions.application.withdrawals.contracts import WithdrawalRefused
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import OrderId


@dataclass(frozen=True)
class WithdrawalDesk:
    """Handlers of the first step of a withdrawal, which the customer opens by a button or the deep link."""

    withdraw_contract: WithdrawContract
    support: str

    async def screen(self, customer: Customer, t: Texts, order: str | None = None) -> Screen:
        """Return the first step of a withdrawal: the contract and the consequences, a choice of contracts, or a
        refusal.

        order: hexadecimal digits of the order's id; None to show a choice if the customer has several contracts
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
        """Return the screen with the reason for a refusal and a contact address."""
        return screens.refusal_screen(t, refusal, self.support)


@dataclass(frozen=True)
class WithdrawalSections:
    """Provider of the status card's section while the customer can withdraw from a contract."""

    withdraw_contract: WithdrawContract

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the status card's section about withdrawal; empty if the customer cannot withdraw from a contract."""
        try:
            contracts = await self.withdraw_contract.open_to(customer.telegram_id)
        except WithdrawalRefused:
            return []
        return [screens.section(t)] if contracts else []


@dataclass(frozen=True)
class WithdrawalPresses:
    """Handlers of the buttons of a withdrawal's two steps, and of the deep link."""

    desk: WithdrawalDesk

    async def arrive(self, customer: Customer, t: Texts, argument: str) -> Screen | str | None:
        """Return the first step of a withdrawal, opened by the deep link. Implements `Arrive`."""
        return await self.desk.screen(customer, t)

    async def withdraw(
        self, callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, order: str | None = None
    ) -> None:
        """Show the first step of the withdrawal."""
        await show(callback, await self.desk.screen(customer, t, order), bot)

    async def confirm(self, callback: CallbackQuery, order: str, customer: Customer, t: Texts, bot: Bot) -> None:
        """Withdraw the customer from the contract of the order, and show the confirmation."""
        try:
            withdrawal = await self.desk.withdraw_contract(customer.telegram_id, OrderId(UUID(order)))
        except WithdrawalRefused as refusal:
            await show(callback, self.desk.show_refusal(t, refusal), bot)
            return
        # The acknowledgement with its file is a separate notification, which is sent even if this process is killed
        # now.
        await show(callback, screens.confirmation(t, withdrawal), bot)


def _presses(container: BotContainer) -> WithdrawalPresses:
    use = WithdrawalsContainer(core=container.core)
    desk = WithdrawalDesk(use.withdraw_contract(), container.settings().support_contact)
    return WithdrawalPresses(desk)


def _router(container: BotContainer) -> Router:
    presses = _presses(container)
    router = Router(name=FEATURE.name)
    router.callback_query.register(presses.withdraw, PressFilter(callbacks.WITHDRAW_PATTERN))
    router.callback_query.register(presses.confirm, PressFilter(callbacks.CONFIRM_WITHDRAW_PATTERN))
    return router


def _sections(container: BotContainer) -> WithdrawalSections:
    return WithdrawalSections(WithdrawalsContainer(core=container.core).withdraw_contract())


CHAT: Final = ChatPart(
    router=_router,
    sections=_sections,
    start_links=(
        StartLink(prefix=callbacks.WITHDRAW, arrive=lambda container: _presses(container).arrive, while_draining=True),
    ),
)
