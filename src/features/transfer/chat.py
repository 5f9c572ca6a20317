"""Second accounts and account transfers in the chat: buttons under /mis_datos, the link that verifies a second account,
and messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiogram import Bot, F, Router
from aiogram.types import CallbackQuery, InlineKeyboardButton

from bot.chat import show
from bot.feature import ChatPart, StartLink
from bot.screens import Screen, codes
from bot.texts import Texts
from features.transfer import screens
from features.transfer.callbacks import (
    ACCOUNT,
    ACCOUNT_FORGET,
    ACCOUNT_NAME,
    ACCOUNT_OBJECT,
    ACCOUNT_TAKE,
    ACCOUNT_TAKE_SURE,
)
from features.transfer.domain import LINK
from features.transfer.feature import FEATURE
from features.transfer.messages import AccountTransferClosedMessage, AccountTransferPendingMessage
from features.transfer.use_cases.account_rules import Refusal
from features.transfer.use_cases.name_account import NameAccount
from features.transfer.use_cases.take_over import TakeOver
from features.transfer.wiring import TransferContainer
from subscriptions.application.features import FeatureState
from subscriptions.application.vip.code_tries import CodeTries
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.customer import Customer


@dataclass(frozen=True)
class AccountDesk:
    """Handlers of the buttons about a second account. `is_on`: False while the feature is being switched off; no second
    account can be named then.
    """

    name_account: NameAccount
    take_over: TakeOver
    is_on: bool

    async def buttons(self, customer: Customer, t: Texts) -> Sequence[InlineKeyboardButton]:
        """Return the button under /mis_datos. While the feature is being switched off, only customers with a second
        account or a transfer get the button.
        """
        if self.is_on or (await self.take_over.look(customer.telegram_id)).concerns:
            return [screens.start_button(t)]
        return []

    async def show(self, callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot) -> None:
        """Show the second account, or the transfer that is in progress."""
        view = await self.take_over.look(customer.telegram_id)
        await show(callback, screens.card(t, view, is_on=self.is_on), bot)

    async def offer(self, callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot) -> None:
        """Show the link with which the customer names a second account."""
        if not self.is_on:
            await self.show(callback, customer, t, bot)
            return
        await show(callback, screens.offer(t, await self.name_account.offer(customer.telegram_id)), bot)

    async def forget(self, callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot) -> None:
        """Remove the customer's second account."""
        await self.name_account.forget(customer.telegram_id)
        await self.show(callback, customer, t, bot)

    async def confirm(self, callback: CallbackQuery, t: Texts, bot: Bot) -> None:
        """Ask for confirmation before a transfer starts."""
        await show(callback, screens.sure(t), bot)

    async def take(self, callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot) -> None:
        """Request the transfer of another account's purchases to the account that pressed the button."""
        await show(callback, screens.under_way(t, await self.take_over.ask(customer.telegram_id)), bot)

    async def object(self, callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot) -> None:
        """Stop a transfer because the first account objects to it."""
        await show(callback, screens.objection(t, await self.take_over.object(customer.telegram_id)), bot)


@dataclass(frozen=True)
class AccountLink:
    """Handler of the link that a customer opens from a second account to verify it."""

    name_account: NameAccount
    code_tries: CodeTries

    async def __call__(self, customer: Customer, t: Texts, argument: str) -> Screen:
        """Record the account as the second one, and return the screen with the result."""
        if not await self.code_tries.are_left(customer.telegram_id):
            return codes.refusal(t, codes.LIMITED)
        proof = await self.name_account.prove(customer.telegram_id, argument)
        if proof is Refusal.CODE:
            await self.code_tries.miss(customer.telegram_id)
        return screens.proof(t, proof)


def _desk(container: BotContainer) -> AccountDesk:
    use = TransferContainer(core=container.core)
    is_on = container.core.features().state(FEATURE.name) is FeatureState.ON
    return AccountDesk(use.name_account(), use.take_over(), is_on)


def _router(container: BotContainer) -> Router:
    desk = _desk(container)
    router = Router(name=FEATURE.name)
    router.callback_query.register(desk.show, F.data == ACCOUNT)
    router.callback_query.register(desk.offer, F.data == ACCOUNT_NAME)
    router.callback_query.register(desk.forget, F.data == ACCOUNT_FORGET)
    router.callback_query.register(desk.confirm, F.data == ACCOUNT_TAKE)
    router.callback_query.register(desk.take, F.data == ACCOUNT_TAKE_SURE)
    router.callback_query.register(desk.object, F.data == ACCOUNT_OBJECT)
    return router


CHAT: Final = ChatPart(
    router=_router,
    data_buttons=lambda container: _desk(container).buttons,
    start_links=(
        StartLink(
            prefix=LINK,
            arrive=lambda container: AccountLink(
                TransferContainer(core=container.core).name_account(), container.code_tries()
            ),
        ),
    ),
    messages={AccountTransferPendingMessage: screens.pending, AccountTransferClosedMessage: screens.settled},
)
