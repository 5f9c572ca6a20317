"""A second account, named while one has the first, and what is taken over from it."""

from aiogram import Bot, F, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.chat import show
from bot.screens import account as screens
from bot.texts import Texts
from subscriptions.application.moving.name_account import NameAccount
from subscriptions.application.moving.take_over import TakeOver
from subscriptions.domain.entities.customer import Customer


def account_router() -> Router:
    """Buttons alone: the way here is `/mis_datos`, and the link is opened by `/start`."""
    router = Router(name="account")
    router.callback_query.register(_show, F.data == callbacks.ACCOUNT)
    router.callback_query.register(_offer, F.data == callbacks.ACCOUNT_NAME)
    router.callback_query.register(_forget, F.data == callbacks.ACCOUNT_FORGET)
    router.callback_query.register(_confirm, F.data == callbacks.ACCOUNT_TAKE)
    router.callback_query.register(_take, F.data == callbacks.ACCOUNT_TAKE_SURE)
    router.callback_query.register(_object, F.data == callbacks.ACCOUNT_OBJECT)
    return router


async def _show(callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, take_over: TakeOver) -> None:
    await show(callback, screens.card(t, await take_over.look(customer.telegram_id)), bot)


async def _offer(callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, name_account: NameAccount) -> None:
    await show(callback, screens.offer(t, await name_account.offer(customer.telegram_id)), bot)


async def _forget(
    callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, name_account: NameAccount, take_over: TakeOver
) -> None:
    await name_account.forget(customer.telegram_id)
    await show(callback, screens.card(t, await take_over.look(customer.telegram_id)), bot)


async def _confirm(callback: CallbackQuery, t: Texts, bot: Bot) -> None:
    await show(callback, screens.sure(t), bot)


async def _take(callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, take_over: TakeOver) -> None:
    await show(callback, screens.under_way(t, await take_over.ask(customer.telegram_id)), bot)


async def _object(callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, take_over: TakeOver) -> None:
    await show(callback, screens.objection(t, await take_over.object(customer.telegram_id)), bot)
