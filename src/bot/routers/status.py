"""The /estado command: the current status of a customer's subscriptions."""

from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import KW_ONLY, dataclass, replace

import structlog
from aiogram import Bot, F, Router
from aiogram.types import CallbackQuery, Message

from bot import callbacks, consent
from bot.callbacks import PressFilter
from bot.chat import show
from bot.commands import command_filter
from bot.middlewares.pressed_message import KEEPS_MESSAGE
from bot.paying import remember_card
from bot.routers.entry import EntryDesk
from bot.screens import Screen, mending
from bot.screens import status as screens
from bot.status_section import ReadSections, StatusSection
from bot.texts import Texts
from subscriptions.application.access.ask_content import AskContent
from subscriptions.application.access.look_inside import LookInsideFor
from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.checkout.pay_messages import RememberPayMessage
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import AcceptTerms
from subscriptions.application.subscriptions.change_plan import ChangePlan
from subscriptions.application.subscriptions.learn_charges import LearnCharges
from subscriptions.application.subscriptions.show_pages import NothingOwed, ShowPages
from subscriptions.application.views.show_status import ShowStatus, StatusView
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.subscription import LIVE
from subscriptions.domain.ports.payment_gateway import GatewayError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StatusCard:
    """Reader and renderer of a customer's status card. It renews invite links that no longer work.

    support: contact address for cards that may need it. pages: providers with a billing page on which a failed charge
    can be paid. pauses: providers that support pauses. sections: readers of optional sections.
    """

    show_status: ShowStatus
    renew_invite: RenewInvite
    entry: EntryDesk
    _: KW_ONLY
    change_plan: ChangePlan
    learn_charges: LearnCharges
    remember_pay_message: RememberPayMessage
    support: str = ""
    policy: Policy
    pages: Container[str] = ()
    pauses: Container[str] = ()
    sections: Sequence[ReadSections] = ()

    async def card(self, customer: Customer, t: Texts, lead: str | None = None) -> Screen:
        """Return the status card. lead: line above the card."""
        view = await self._view(customer)
        return await self._card(customer, t, view, lead)

    async def show(
        self, event: Message | CallbackQuery, customer: Customer, t: Texts, bot: Bot, lead: str | None = None
    ) -> int:
        """Show the status card and return the message's id. lead: line above the card. The message is recorded if it
        links to a checkout.
        """
        return await self.show_screen(event, await self.card(customer, t, lead), customer, bot)

    async def show_screen(self, event: Message | CallbackQuery, screen: Screen, customer: Customer, bot: Bot) -> int:
        """Show a page of the status card; see `show`."""
        message_id = await show(event, screen, bot)
        await remember_card(self.remember_pay_message, customer, screen, message_id)
        return message_id

    async def if_live(self, customer: Customer, t: Texts, lead: str | None = None) -> Screen | None:
        """Return the status card, or None for a customer without a live subscription. lead: line above the card."""
        view = await self._view(customer)
        if not any(item.status in LIVE for item in view.subscriptions):
            return None
        return await self._card(customer, t, view, lead)

    async def _card(self, customer: Customer, t: Texts, view: StatusView, lead: str | None) -> Screen:
        renewals = await self._renewals(customer, view)
        return screens.status(
            t,
            view,
            renewals=renewals,
            lead=lead,
            support=self.support,
            changeable=await self._changeable(customer),
            pages=self.pages,
            pauses=self.pauses,
            sections=await self._sections(customer, t, view),
        )

    async def manage(self, customer: Customer, t: Texts) -> Screen:
        """Return the card's second level, with the commands that change subscriptions."""
        view = await self._view(customer)
        return screens.manage(
            t,
            view,
            changeable=await self._changeable(customer),
            pages=self.pages,
            pauses=self.pauses,
            sections=await self._sections(customer, t, view),
        )

    async def invite_links(self, customer: Customer, t: Texts) -> Screen:
        """Return the invite links of all chats that the customer has access to."""
        return screens.invite_links(t, await self._view(customer))

    async def _changeable(self, customer: Customer) -> Container[str]:
        return {offer.from_soft_id for offer in await self.change_plan.offers(customer.telegram_id)}

    async def _sections(self, customer: Customer, t: Texts, view: StatusView) -> Sequence[StatusSection]:
        terms = [screens.new_terms(t)] if view.live and self._has_other_terms(customer) else []
        return [*terms, *[section for read in self.sections for section in await read(customer, t)]]

    def _has_other_terms(self, customer: Customer) -> bool:
        return customer.consent is not None and not customer.has_accepted(*self.policy.terms)

    async def _view(self, customer: Customer) -> StatusView:
        """Return the status, including an invite link to the VIP channel. The bot creates a missing link directly,
        without a job, so that the card can show it immediately.
        """
        await self.learn_charges(customer.id)
        view = await self.show_status(customer.telegram_id)
        if view.vip is None or not (view.vip.lacks_link or view.vip.is_inside):
            return view
        return replace(view, vip=await self.entry.view(customer))

    async def _renewals(self, customer: Customer, view: StatusView) -> list[str]:
        """Request the invite links that customers lack. Return the slugs of plans whose link is renewed, because the
        link has expired or the customer has left the chat since using it; a first link is only reported when ready.
        """
        lacking = [item for item in view.live if not item.vip and item.lacks_link]
        renewed = [item for item in lacking if await self.renew_invite(customer.telegram_id, item.soft_id)]
        return [item.soft_id for item in renewed if item.had_link]


def status_router() -> Router:
    """Return the router of /estado, of the card's buttons, and of the links to the billing pages for a
    failed charge.
    """
    router = Router(name="status")
    router.message.register(_status, command_filter("estado"))
    router.callback_query.register(_status, PressFilter(callbacks.STATUS))
    router.callback_query.register(_level(StatusCard.manage), PressFilter(callbacks.MANAGE))
    router.callback_query.register(_level(StatusCard.invite_links), PressFilter(callbacks.INVITE_LINKS))
    router.callback_query.register(_terms, F.data == callbacks.TERMS)
    router.callback_query.register(_accept, F.data == callbacks.ACCEPT_TERMS)
    router.callback_query.register(_content, PressFilter(callbacks.CONTENT_PATTERN), flags=KEEPS_MESSAGE)
    router.callback_query.register(_mend, PressFilter(callbacks.MEND_PATTERN))
    return router


async def _status(
    event: Message | CallbackQuery,
    customer: Customer,
    t: Texts,
    bot: Bot,
    status_card: StatusCard,
    look_inside_for: LookInsideFor,
) -> None:
    await status_card.show(event, customer, t, bot)
    await look_inside_for(customer.id)


def _level(read: Callable[[StatusCard, Customer, Texts], Awaitable[Screen]]) -> Callable[..., Awaitable[None]]:
    """Return the handler of a button that shows a page of the status card. read: method that returns that page's
    screen.
    """

    async def show_level(
        callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, status_card: StatusCard
    ) -> None:
        await status_card.show_screen(callback, await read(status_card, customer, t), customer, bot)

    return show_level


async def _terms(callback: CallbackQuery, t: Texts, bot: Bot, policy: Policy) -> None:
    await show(
        callback, consent.bind_consent(screens.terms(t, consent.consent_text(t, policy, "status.terms")), policy), bot
    )


async def _accept(
    callback: CallbackQuery,
    customer: Customer,
    t: Texts,
    bot: Bot,
    policy: Policy,
    accept_terms: AcceptTerms,
    status_card: StatusCard,
) -> None:
    if not consent.is_current(callback, policy):
        # Newer terms came into force after the message was sent, and a press cannot accept terms that were not shown.
        await _terms(callback, t, bot, policy)
        return
    await accept_terms(customer.telegram_id)
    customer.terms_version = policy.terms_version
    await status_card.show(callback, customer, t, bot, t("status.terms_accepted"))


async def _content(
    callback: CallbackQuery,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    ask_content: AskContent,
    status_card: StatusCard,
) -> None:
    if not await ask_content(customer.telegram_id, soft_id, callback.id):
        await status_card.show(callback, customer, t, bot, t("status.content_over"))


async def _mend(
    callback: CallbackQuery,
    way: str,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    show_pages: ShowPages,
    status_card: StatusCard,
) -> None:
    try:
        screen = mending.pages(t, await show_pages(customer.telegram_id, soft_id), way)
    except NothingOwed:
        await status_card.show(callback, customer, t, bot, mending.nothing_owed(t))
        return
    except GatewayError as error:
        log.warning("no page for a failed charge", customer=str(customer.id), reason=str(error))
        screen = mending.failure(t, way, soft_id)
    await show(callback, screen, bot)
