"""Partners in the chat: the command /socio, the section of the status card, partner links, and pages of the panel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.feature import ChatPart, PanelPart, StartLink
from bot.panel.lists import list_page
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen, codes
from bot.screens.panel.lists import PanelList
from bot.status_section import StatusSection
from bot.texts import Texts
from features.partners import screens
from features.partners.domain import LINK
from features.partners.permissions import SEE_PARTNERS
from features.partners.subjects import PARTNER
from features.partners.use_cases.arrive_by_partner import ArriveByPartner, ReferralOutcome
from features.partners.use_cases.show_statement import ShowStatement
from features.partners.wiring import PartnersContainer
from subscriptions.application.menu import MenuSection
from subscriptions.application.vip.code_tries import CodeTries
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.customer import Customer

_COMMANDS: Final = ("socio", "partner", "parceiro")
"""Name of the command in each language. Every name works in every language."""
PARTNERS_LIST: Final = PanelList(name="partners", page="partners", card=PARTNER, label=("code", "customer", "state"))


@dataclass(frozen=True)
class PartnerSections:
    """Reader of the section that the status card shows to partners."""

    show_statement: ShowStatement

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the section if the customer is a partner; otherwise none."""
        return [screens.section(t)] if await self.show_statement(customer.telegram_id) is not None else []


@dataclass(frozen=True)
class PartnerDesk:
    """Handler of the command and button that show partners their statements."""

    show_statement: ShowStatement
    support_contact: str

    async def show(self, event: Message | CallbackQuery, customer: Customer, t: Texts, bot: Bot) -> None:
        """Answer the command or the button with the partner's statement."""
        statement = await self.show_statement(customer.telegram_id)
        screen = (
            screens.statement(t, statement) if statement is not None else screens.no_partner(t, self.support_contact)
        )
        await show(event, screen, bot)


@dataclass(frozen=True)
class PartnerLink:
    """Handler of partner links, which records the partner who referred a customer."""

    arrive_by_partner: ArriveByPartner
    code_tries: CodeTries

    async def __call__(self, customer: Customer, t: Texts, argument: str) -> Screen | str | None:
        """Record that the link's partner referred the customer. Return an explanation if the customer was not
        attributed to the partner and may want to know the reason; otherwise None.
        """
        if not await self.code_tries.are_left(customer.telegram_id):
            return codes.refusal(t, codes.LIMITED)
        outcome = await self.arrive_by_partner(customer.telegram_id, argument)
        if outcome is ReferralOutcome.UNKNOWN:
            await self.code_tries.miss(customer.telegram_id)
        return screens.refusal(t, outcome)


def _router(container: BotContainer) -> Router:
    show_statement = PartnersContainer(core=container.core).show_statement()
    desk = PartnerDesk(show_statement, container.settings().support_contact)
    router = Router(name="partners")
    router.message.register(desk.show, Command(*_COMMANDS))
    router.callback_query.register(desk.show, PressFilter(callbacks.STATEMENT))
    return router


def _sections(container: BotContainer) -> PartnerSections:
    return PartnerSections(PartnersContainer(core=container.core).show_statement())


def _partner_link(container: BotContainer) -> PartnerLink:
    return PartnerLink(PartnersContainer(core=container.core).arrive_by_partner(), container.code_tries())


async def show_partner(visit: Visit, partner_id: str, note: str = "") -> Screen:
    """Render a partner's statement for staff. `note`: result of the previous staff command."""
    see_statement = PartnersContainer(core=visit.use.core).see_statement()
    statement = await see_statement.get_statement(visit.who, UUID(partner_id))
    if statement is None:
        raise Stale("no such partner")
    return screens.partner(visit.t, statement, visit.role, note)


async def _page(visit: Visit) -> Screen:
    return await show_partner(visit, str(visit.id()))


CHAT: Final = ChatPart(
    router=_router,
    sections=_sections,
    start_links=(StartLink(prefix=LINK, source="partner", arrive=_partner_link),),
    panel=PanelPart(
        pages={PARTNERS_LIST.page: list_page(PARTNERS_LIST), PARTNER: Page(SEE_PARTNERS, _page)},
        cards={PARTNER: (PARTNER, show_partner)},
        entries={MenuSection.OFFER: ((PARTNERS_LIST.page, SEE_PARTNERS),)},
        second_tap=frozenset({"end_partner"}),
    ),
)
