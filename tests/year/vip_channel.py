"""The operator's shared channel: made at Telegram by hand, named to the product in the panel, a plan on offer."""

from __future__ import annotations

from contextlib import suppress

from subscriptions.application.people.customers import Person
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import AccountId, TelegramId, bot_api_chat_id
from subscriptions.domain.ports.channel_provisioner import SUBSCRIPTION_BOT_RIGHTS
from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MadeChannel
from tests.year.bot_api import BOT_ID, BotApi
from tests.year.house import OWNER, House
from tests.year.offer import PLANS, VIP_PASS

VIP_CHAT = bot_api_chat_id(3_000_000_001)
TITLE = "Sala VIP"
NOBODY = AccountId(0)
"""Who owns it is no account of the pool."""

FRIEND = 900_000_002
KEPT = frozenset({OWNER, FRIEND})
"""Staff, and somebody whom the settings name: they hold codes like others, and nobody puts them out."""


async def open_channel(house: House, api: BotApi, clock: ManualClock) -> MadeChannel:
    """What the operator does before the first customer comes. Its listing account is found by the accounts."""
    channel = MadeChannel(VIP_CHAT, NOBODY, TITLE, "", clock.now())
    channel.admins[BOT_ID] = SUBSCRIPTION_BOT_RIGHTS
    channel.listers.add(house.accounts[-1])
    api.telegram.channels.append(channel)
    owner = Person(telegram_id=TelegramId(OWNER), first_name="Olga", username=f"olga{OWNER}", language_code="es")
    await house.bot.appoint_owners()(await house.core.meet_customer()(owner))
    await house.bot.vip().keep_whitelist()([FRIEND])
    done = False
    while not done:
        with suppress(RetryLater, Ambiguous):
            done = (await house.bot.vip().set_up_channel()(VIP_CHAT, actor=str(OWNER))).done
    await _offer(house)
    return channel


async def _offer(house: House) -> None:
    """A plan made in the panel can be bought at once."""
    plan = PLANS[VIP_PASS]
    made = await house.core.pricing_service().create_plan(
        VIP_PASS.capitalize(), plan["duration_days"], f"{plan['price'].minor / 100:.2f}", OWNER
    )
    if made.soft_id != VIP_PASS:
        raise LookupError(made.soft_id)
