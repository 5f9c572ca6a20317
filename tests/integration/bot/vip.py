"""Helpers for the bot's tests of the VIP channel: the channel, a plan, codes, and checks of the channel's members."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY, VIP_ENTRIES_KEY, VIP_KEY
from tests.fakes.resources import vip as shared_vip
from tests.integration.bot.conftest import Message, Phone, Stage, a_plan, until
from umbral_sandbox.world.telegram.channel_records import Channel as Place
from umbral_sandbox.world.telegram.records import bot_api_id

RIGHTS = {"can_invite_users", "can_restrict_members", "can_post_messages"}


@dataclass
class Vip:
    """VIP channel and its plan."""

    stage: Stage
    channel: Place
    plan: ServicePlan

    @property
    def chat(self) -> int:
        """Return the Bot API's id of the channel."""
        return bot_api_id(self.channel.id)

    async def code(self, plan: ServicePlan | None = None, **more: Any) -> ActivationToken:
        """Create a code that is valid for a month, as the panel does."""
        now = self.stage.core.clock().now()
        made = ActivationToken.make(plan or self.plan, None, now, now + timedelta(days=30))
        made = replace(made, **more)
        async with self.stage.core.units()() as uow:
            assert await uow.of(TOKENS_KEY).add_if_new(made)
            await uow.commit()
        return made

    async def spent(self, made: ActivationToken) -> bool:
        """Return True if the code was used."""
        async with self.stage.core.units()() as uow:
            known = await uow.of(TOKENS_KEY).get(made.id)
        assert known is not None
        return known.used_at is not None

    async def entry(self, phone: Phone) -> VipEntry | None:
        """Return the person's state in the entry steps, or None if the person has not begun."""
        async with self.stage.core.units()() as uow:
            return await uow.of(VIP_ENTRIES_KEY).by_telegram_id(TelegramId(phone.id))

    async def subscriptions(self, phone: Phone) -> int:
        """Return the number of the person's live subscriptions to VIP plans."""
        async with self.stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(phone.id))
            return len(await uow.of(VIP_KEY).live_subscriptions(customer.id)) if customer is not None else 0

    def inside(self, phone: Phone) -> bool:
        """Return True if the person is in the channel."""
        found = self.stage.sandbox.world.telegram.channels.find(self.channel.id)
        return found is not None and phone.id in found.members

    async def activated(self, phone: Phone) -> Message:
        """Redeem a new code and return the card."""
        made = await self.code()
        seq = await last(phone)
        await redeem(phone, made.token)
        return await phone.said("¡Suscripción VIP Activada!", after=seq)

    async def third(self, phone: Phone, first: Message | None = None) -> Message:
        """Go to step 3 from the card `first`, by default that of a new code."""
        first = first or await self.activated(phone)
        await phone.press(first, button="Continuar")
        second = await phone.said("Paso 2 de 3", after=first["seq"])
        await phone.press(second, button="Estoy listo")
        return await phone.said("Paso 3 de 3", after=second["seq"])

    async def enter(self, phone: Phone, url: str) -> None:
        """Send a join request and wait until it is approved."""
        seq = await last(phone)
        assert (await phone.do("open", url=url))["result"] == "requested"
        await phone.said("Ya estás dentro", after=seq)
        await until(lambda: _true(self.inside(phone)), "they are inside")


async def redeem(phone: Phone, code: str) -> Message:
    """Open a code's link and confirm the redemption. Return the message that requested the confirmation."""
    seq = await last(phone)
    await phone.start(code)
    asked = await phone.said("Tu código", after=seq)
    await phone.press(asked, button="✅ Usar mi código")
    return asked


async def _true(fact: bool) -> bool:
    return fact


async def last(phone: Phone) -> int:
    """Return the newest `seq` of a chat."""
    return max((int(message["seq"]) for message in await phone.messages()), default=0)


def the_link(message: Message, button: str) -> str:
    """Return the address of a button."""
    found = [item for row in message["buttons"] for item in row if item["text"] == button]
    return str(found[0]["url"])


async def a_vip_plan(stage: Stage, soft_id: str = "vip-mensual", name: str = "VIP Mensual", **more: Any) -> ServicePlan:
    """Create a plan for the VIP channel, 30 days for $9.99."""
    values = {"recurring": False, "interval": None, "duration_days": 30, "access": AccessKind.VIP_CHANNEL, "opens": ()}
    values |= more
    plan = replace(a_plan(soft_id, name, now=stage.core.clock().now(), emoji="⭐"), price=Money(999, "USD"), **values)
    async with stage.core.units()() as uow:
        await uow.plans.save(plan)
        await uow.commit()
    return plan


async def a_vip_channel(stage: Stage, *, known: bool = True) -> Vip:
    """Create a channel with the bot as admin, and a plan for the channel. known: True if the product knows the
    channel.
    """
    telegram = stage.sandbox.world.telegram
    owner = telegram.people.add_person("Canales", phone="34600000001")
    channel = telegram.channels.create(owner.id, "Retador VIP")
    telegram.channels.edit_admin(owner.id, channel, stage.bot.id, RIGHTS)
    stage.sandbox.world.commit()
    vip = Vip(stage, channel, await a_vip_plan(stage))
    if known:
        async with stage.core.units()() as uow:
            await uow.channels.add_if_new(
                Channel.for_resource(shared_vip(), ChatId(vip.chat), "Retador VIP", stage.core.clock().now())
            )
            await uow.commit()
    return vip
