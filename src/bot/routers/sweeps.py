"""The buttons under the question about a sweep, and under its result; for owners."""

from uuid import UUID

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import Pressed
from bot.chat import say
from bot.screens import sweeps as screens
from bot.texts import Texts
from subscriptions.application.expiry.decide_sweep import DecideSweep, UndoSweep
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import SweepId, TelegramId


def sweeps_router() -> Router:
    """Who may press is looked at when they press: a question stays in a chat for long."""
    router = Router(name="sweeps")
    router.callback_query.register(_decide, Pressed(callbacks.SWEEP_DECIDE_PATTERN))
    router.callback_query.register(_undo, Pressed(callbacks.SWEEP_UNDO_PATTERN))
    return router


async def _decide(
    callback: CallbackQuery,
    answer: str,
    sweep: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    owners: frozenset[TelegramId],
    decide_sweep: DecideSweep,
) -> None:
    if customer.telegram_id not in owners:
        await say(bot, callback.from_user.id, screens.not_yours(t))
        return
    decided = await decide_sweep(SweepId(UUID(sweep)), customer.telegram_id, go_on=answer == "go")
    await say(bot, callback.from_user.id, screens.word(t, decided))


async def _undo(
    callback: CallbackQuery,
    sweep: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    owners: frozenset[TelegramId],
    undo_sweep: UndoSweep,
) -> None:
    if customer.telegram_id not in owners:
        await say(bot, callback.from_user.id, screens.not_yours(t))
        return
    await say(bot, callback.from_user.id, screens.word(t, await undo_sweep(SweepId(UUID(sweep)), customer.telegram_id)))
