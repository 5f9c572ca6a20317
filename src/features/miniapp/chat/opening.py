"""The /pagina command, which shows a button for the Mini App and a link to open it in a browser."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram import Bot
from aiogram.types import CallbackQuery, Message

from bot.chat import say
from bot.status_section import StatusSection
from bot.texts import Texts
from features.miniapp.screens import app_buttons, section
from features.miniapp.use_cases.enter_app import EnterApp
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.customer import Customer


@dataclass(frozen=True)
class AppSections:
    """Section of the status card with a button for the Mini App. address: URL of the Mini App."""

    address: str

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the section, which is the same for every customer."""
        return [section(t, self.address)]


@dataclass(frozen=True)
class AppOpening:
    """Handlers of the command /pagina and of the status card's button. address: URL of the Mini App."""

    address: str
    enter_app: EnterApp
    policy: Policy

    async def offer(self, event: Message | CallbackQuery, customer: Customer, t: Texts, bot: Bot) -> None:
        """Send the two links to the Mini App, one for Telegram and one for a browser. The links are a separate message,
        so that the status card remains.
        """
        secret = await self.enter_app.offer(customer.telegram_id)
        screen = app_buttons(t, self.address, secret, sells_in_browser=self.policy.sells_in_browser)
        await say(bot, customer.telegram_id, screen)
