"""The /porque command, which explains a customer's access and its end."""

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.commands import command_filter
from bot.screens import why as screens
from bot.texts import Texts
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.domain.entities.customer import Customer


def why_router() -> Router:
    """Return the router of the /porque command and of the status card's button for it."""
    router = Router(name="why")
    router.message.register(_explain, command_filter("porque"))
    router.callback_query.register(_explain, PressFilter(callbacks.EXPLANATION))
    return router


async def _explain(
    event: Message | CallbackQuery, customer: Customer, t: Texts, bot: Bot, explain_access: ExplainAccess
) -> None:
    await show(event, screens.explanations_card(t, await explain_access(customer.telegram_id)), bot)
