"""Buttons of customers who may enter a shared channel. Each button shows the customer's current state, with a link if
the customer may join.
"""

from dataclasses import dataclass

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.screens import Screen
from bot.screens import entry as screens
from bot.texts import Texts
from subscriptions.application.vip.invites import VipInvites
from subscriptions.application.vip.show_vip import ShowVip
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import VIP


@dataclass(frozen=True)
class EntryDesk:
    """Use cases of entering a shared channel, combined to show the customer's current state.

    The argument `resource` is the channel's slug, the VIP channel by default.
    """

    show_vip: ShowVip
    vip_invites: VipInvites

    async def screen(self, customer: Customer, t: Texts, resource: str = VIP) -> Screen:
        """Return the screen of the customer's current state, regardless of the pressed button, with a valid link if the
        customer may enter.
        """
        view = await self.view(customer, resource)
        return screens.entry(t, view) if view is not None else screens.access_over(t, resource)

    async def view(self, customer: Customer, resource: str = VIP) -> VipView | None:
        """Return the customer's state, with a link if the customer may enter, or None if no plan of the customer grants
        the channel.

        If Telegram cannot create the link immediately, a job creates and sends it, and the screen says so.
        """
        view = await self.show_vip(customer.telegram_id, resource)
        if view is None or not (view.lacks_link or view.is_inside):
            return view
        await self.vip_invites.offer(customer.telegram_id, resource)
        return await self.show_vip(customer.telegram_id, resource)


def entry_router() -> Router:
    """Return the router of the entry buttons. It must come after the routers of features, which process the buttons of
    entry steps.
    """
    router = Router(name="entry")
    router.callback_query.register(_entry, PressFilter(callbacks.VIP_STAGE_PATTERN))
    router.callback_query.register(_entry, PressFilter(callbacks.VIP_ENTRY_PATTERN))
    return router


async def _entry(
    callback: CallbackQuery, resource: str | None, customer: Customer, t: Texts, bot: Bot, entry_desk: EntryDesk
) -> None:
    await show(callback, await entry_desk.screen(customer, t, resource or VIP), bot)
