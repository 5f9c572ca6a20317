"""The /pagina command, which shows a button for the Mini App and a link to open it in a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import say
from bot.commands import command_filter
from bot.screens.app import section, ways
from bot.status_section import StatusSection
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.enter_app import EnterApp
from subscriptions.domain.entities.customer import Customer


@dataclass(frozen=True)
class AppSections:
    """Section of the status card with a button for the Mini App. address: URL of the Mini App."""

    address: str

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the section, which is the same for every customer."""
        return [section(t, self.address)]


def app_router(address: str) -> Router:
    """Return the router of the command and of the status card's button. address: URL of the Mini App."""
    router = Router(name="app")
    router.message.register(partial(_offer, address=address), command_filter("pagina"))
    router.callback_query.register(partial(_offer, address=address), PressFilter(callbacks.APP))
    return router


async def _offer(
    _: Message | CallbackQuery,
    customer: Customer,
    t: Texts,
    bot: Bot,
    enter_app: EnterApp,
    policy: Policy,
    *,
    address: str,
) -> None:
    # A separate message, so that the status card remains.
    secret = await enter_app.offer(customer.telegram_id)
    await say(bot, customer.telegram_id, ways(t, address, secret, sells_in_browser=policy.sells_in_browser))
