"""Buttons of the entry steps in the chat: [Continuar], [Estoy listo], [Cruzar el umbral]."""

from dataclasses import dataclass
from typing import Final

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot.callbacks import PressFilter
from bot.chat import show
from bot.feature import ChatPart
from bot.routers.entry import EntryDesk
from bot.screens import Screen
from bot.texts import Texts
from features.vip.use_cases.vip_entry_service import VIPEntryService
from features.vip.wiring import VipEntryContainer
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.entities.vip_entry import SECOND_STAGE

_STEP_PATTERN: Final = r"vip_stage_(?P<stage>[12])(?:_(?P<resource>[a-z0-9-]{1,40}))?"


@dataclass(frozen=True)
class StepDesk:
    """Handlers of the buttons of the entry steps, which move the customer to the next step and show that step."""

    vip_entry_service: VIPEntryService
    entry_desk: EntryDesk

    async def step(self, customer: Customer, t: Texts, from_stage: int, resource: str = VIP) -> Screen:
        """Move the customer from a step to the next one, and return the screen of the step that the customer has
        reached. If the customer is in another step, nothing changes.

        resource: slug of the channel
        """
        service, person = self.vip_entry_service, customer.telegram_id
        if await service.get_current_stage(person, resource) == from_stage:
            has_advanced = await service.advance_stage(person, from_stage, resource)
            if has_advanced and from_stage == SECOND_STAGE:
                await service.create_24h_invite_link(person, resource)
        return await self.entry_desk.screen(customer, t, resource)

    async def press(
        self, callback: CallbackQuery, stage: str, resource: str | None, customer: Customer, t: Texts, bot: Bot
    ) -> None:
        """Handle the button of an entry step: move the customer to the next step and show that step. stage: step to
        which the button belongs.
        """
        await show(callback, await self.step(customer, t, int(stage), resource or VIP), bot)


def step_desk(container: BotContainer) -> StepDesk:
    """Return the handlers of the buttons of the entry steps."""
    invites = container.vip.invites()
    service = VipEntryContainer(core=container.core, invites=invites).vip_entry()
    return StepDesk(service, EntryDesk(container.vip.show_vip(), invites))


def _router(container: BotContainer) -> Router:
    router = Router(name="steps")
    router.callback_query.register(step_desk(container).press, PressFilter(_STEP_PATTERN))
    return router


CHAT: Final = ChatPart(router=_router)
