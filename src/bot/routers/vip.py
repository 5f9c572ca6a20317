"""The entry procedure of the VIP channel or another channel: [Continuar], [Estoy listo], [Cruzar el umbral]."""

from dataclasses import dataclass

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.screens import Screen
from bot.screens import vip as screens
from bot.texts import Texts
from subscriptions.application.vip.show_vip import ShowVip
from subscriptions.application.vip.vip_entry_service import VIPEntryService
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.entities.vip_entry import THIRD_STAGE


@dataclass(frozen=True)
class VipDesk:
    """Use cases of the entry procedure, combined to show the current step and to move the customer to the next step.

    The argument `resource` is the channel's slug, the VIP channel by default.
    """

    show_vip: ShowVip
    vip_entry_service: VIPEntryService

    async def screen(self, customer: Customer, t: Texts, resource: str = VIP) -> Screen:
        """Return the screen of the customer's current step, regardless of the pressed button. The last step includes a
        valid link.
        """
        view = await self.view(customer, resource)
        return screens.stage(t, view) if view is not None else screens.access_over(t, resource)

    async def step(self, customer: Customer, t: Texts, from_stage: int, resource: str = VIP) -> Screen:
        """Advance from a step and return the current step's screen. A button of another step changes nothing."""
        stage = await self.vip_entry_service.get_current_stage(customer.telegram_id, resource)
        if stage == from_stage and stage != THIRD_STAGE:
            await self.vip_entry_service.advance_stage(customer.telegram_id, from_stage, resource)
        return await self.screen(customer, t, resource)

    async def view(self, customer: Customer, resource: str = VIP) -> VipView | None:
        """Return the customer's step, with a link if the customer may enter, or None if no plan of the customer grants
        the channel.

        If Telegram cannot create the link immediately, a job creates and sends it, and the screen says so.
        """
        view = await self.show_vip(customer.telegram_id, resource)
        if view is None or not (view.lacks_link or view.is_inside):
            return view
        await self.vip_entry_service.create_24h_invite_link(customer.telegram_id, resource)
        return await self.show_vip(customer.telegram_id, resource)


def vip_router() -> Router:
    """Return the router of the entry procedure's buttons."""
    router = Router(name="vip")
    router.callback_query.register(_step, PressFilter(callbacks.VIP_STAGE_PATTERN))
    router.callback_query.register(_entry, PressFilter(callbacks.VIP_ENTRY_PATTERN))
    return router


async def _step(
    callback: CallbackQuery,
    stage: str,
    resource: str | None,
    customer: Customer,
    t: Texts,
    bot: Bot,
    vip_desk: VipDesk,
) -> None:
    await show(callback, await vip_desk.step(customer, t, int(stage), resource or VIP), bot)


async def _entry(
    callback: CallbackQuery, resource: str | None, customer: Customer, t: Texts, bot: Bot, vip_desk: VipDesk
) -> None:
    await show(callback, await vip_desk.screen(customer, t, resource or VIP), bot)
