"""Shared chats of the simulated operator: created manually at Telegram, registered in the product, and opened by plans
on sale.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from subscriptions.application.people.customers import Person
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import GROUP, SHARED_CHANNEL, VIP, EntryPolicy, Resource
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import AccountId, ChatId, TelegramId, bot_api_chat_id, new_uuid
from subscriptions.domain.ports.channel_provisioner import SUBSCRIPTION_BOT_RIGHTS
from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MadeChannel
from tests.year.bot_api import BOT_ID, BotApi
from tests.year.house import OWNER, House
from tests.year.offer import NEWS, PLANS, TALK, VIP_PASS

NOBODY = AccountId(0)
"""Owner of the chats, which is not an account of the pool."""

FRIEND = 900_000_002
KEPT = frozenset({OWNER, FRIEND})
"""An owner and a person on the allow list, who use codes like others and are never removed."""


@dataclass(frozen=True)
class SharedChat:
    """Shared chat. resource: its slug. words: its name in messages about violated guarantees. listed: True if an
    account lists its members; otherwise only the bot is in the chat.
    """

    resource: str
    kind: str
    chat: ChatId
    title: str
    words: str
    listed: bool = False

    @property
    def ritual(self) -> bool:
        """Return True if the chat has entry steps."""
        return self.resource == VIP


TITLE = "Sala VIP"
VIP_CHAT = bot_api_chat_id(3_000_000_001)
VIP_PLACE = SharedChat(VIP, SHARED_CHANNEL, VIP_CHAT, TITLE, "the VIP channel", listed=True)
SHARED_CHATS = (
    VIP_PLACE,
    SharedChat(NEWS, SHARED_CHANNEL, bot_api_chat_id(3_000_000_002), "Avisos", "the shared channel"),
    SharedChat(TALK, GROUP, bot_api_chat_id(3_000_000_003), "Tertulia", "the group"),
)
SHARED: Mapping[int, SharedChat] = {each.chat: each for each in SHARED_CHATS}
"""Shared chats, keyed by chat id."""


async def open_chats(house: House, api: BotApi, clock: ManualClock) -> None:
    """Set up the chats as the operator does before the first customer comes. The accounts determine which of them lists
    the members of a chat.
    """
    for channel in SHARED_CHATS:
        made = MadeChannel(channel.chat, NOBODY, channel.title, "", clock.now())
        made.admins[BOT_ID] = SUBSCRIPTION_BOT_RIGHTS
        if channel.listed:
            made.listers.add(house.accounts[-1])
        api.telegram.channels.append(made)
    owner = Person(telegram_id=TelegramId(OWNER), first_name="Olga", username=f"olga{OWNER}", language_code="es")
    await house.bot.appoint_owners()(await house.core.meet_customer()(owner))
    await house.bot.vip().keep_whitelist()([FRIEND])
    look = None
    while look is None:
        with suppress(RetryLater, Ambiguous):
            look = await house.bot.vip().note_chat()(VIP_CHAT)
    await house.bot.panel().run_command()(TelegramId(OWNER), "set_up_channel", "", {"chat": str(VIP_CHAT)}, new_uuid())
    async with house.core.units()() as uow:
        for channel in SHARED_CHATS:
            if not channel.ritual:
                resource = Resource.add(channel.resource, channel.kind, channel.title, EntryPolicy.REQUEST, clock.now())
                await uow.resources.add_if_new(resource)
                await uow.channels.add_if_new(Channel.for_resource(resource, channel.chat, channel.title, clock.now()))
        await uow.commit()
    await _offer(house)


async def _offer(house: House) -> None:
    """Put the plan created in the panel on sale."""
    plan = PLANS[VIP_PASS]
    made = await house.core.pricing_service().create_plan(
        VIP_PASS.capitalize(), plan["duration_days"], f"{plan['price'].minor / 100:.2f}", OWNER
    )
    if made.soft_id != VIP_PASS:
        raise LookupError(made.soft_id)
