"""/socio: a partner's statement; the same by the button on the status card."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.commands import command_filter
from bot.screens import partners as screens
from bot.status_section import StatusSection
from bot.texts import Texts
from subscriptions.application.partners.show_statement import ShowStatement
from subscriptions.domain.entities.customer import Customer


@dataclass(frozen=True)
class PartnerSections:
    """Sections of a partner's status card."""

    show_statement: ShowStatement

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Read the sections."""
        return [screens.section(t)] if await self.show_statement(customer.telegram_id) is not None else []


def partners_router() -> Router:
    """The command in every language, and the button."""
    router = Router(name="partners")
    router.message.register(_show, command_filter("socio"))
    router.callback_query.register(_show, PressFilter(callbacks.STATEMENT))
    return router


async def _show(
    event: Message | CallbackQuery,
    customer: Customer,
    t: Texts,
    bot: Bot,
    show_statement: ShowStatement,
    support_contact: str,
) -> None:
    statement = await show_statement(customer.telegram_id)
    screen = screens.statement(t, statement) if statement is not None else screens.no_partner(t, support_contact)
    await show(event, screen, bot)
