"""Pre-created channels over real MTProto: created once despite crashes, and renamed and opened at a sale."""

from __future__ import annotations

from dataclasses import replace

import pytest

from subscriptions.application.access.personal_channel import take_precreated_channel
from subscriptions.application.channels.keep_precreated_channels import KeepPrecreatedChannels
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.ids import TelegramId
from tests.fakes import samples
from tests.integration.userbot.conftest import Office
from tests.support.userbot import POLICY


async def precreated(office: Office) -> Channel:
    """Return the only pre-created channel."""
    async with office.units() as uow:
        (only,) = await uow.channels.precreated()
    return only


async def keep(office: Office) -> bool:
    """Run the scheduled check of the pre-created channels and return its result."""
    return await KeepPrecreatedChannels(office.units, office.clock, replace(POLICY, channel_stock=1))()


async def sell(office: Office) -> Channel:
    """Create a person of the sandbox who buys a plan, and return the channel."""
    person = office.telegram.people.add_person("Ana", username="ana_compra")
    office.world.commit()
    buyer = samples.customer(telegram_id=TelegramId(person.id), first_name="Ana", username="ana_compra")
    plan = samples.plan(name="Retabet")
    order = samples.order(buyer, plan)
    bought = samples.subscription(order)
    async with office.units() as uow:
        await uow.customers.add_if_new(buyer)
        await uow.plans.save(plan)
        await uow.orders.add_if_new(order)
        await uow.subscriptions.save(bought)
        channel = await take_precreated_channel(uow, bought, "Retador - Retabet - @ana_compra", office.clock.now())
        assert channel is not None
        await uow.accesses.save(Access.request(buyer.id, channel.id, office.clock.now()))
        await uow.commit()
    return channel


async def test_channel_is_pre_created_and_renamed_at_a_sale(office: Office) -> None:
    await office.open()
    assert await keep(office)
    await office.work()
    ready = await precreated(office)
    made = await office.made(ready)
    assert (ready.status, made.title, made.about) == (ChannelStatus.READY, "Retador", f"Retador ref:{ready.marker}")
    assert (made.protected, set(made.admins)) == (True, set(office.bots))
    assert [post for post in office.telegram.posts.messages(made) if post.kind == "text"] == []
    assert office.accounts.live_links(made) == []
    appointed = office.accounts.calls("EditAdmin")

    channel = await sell(office)
    await office.work()

    opened = await office.assert_served(channel)
    assert opened.id == made.id
    assert opened.title == "Retador - Retabet - @ana_compra"
    assert opened.about == "Retador · Retabet"
    assert len(office.telegram.channels.all()) == 1
    # Telegram counts each appointment, even of an existing admin.
    assert (appointed, office.accounts.calls("EditAdmin")) == (len(office.bots), len(office.bots))
    assert office.accounts.calls("ToggleNoForwards") == 1


@pytest.mark.parametrize("do", ["drop_before", "drop_after", "hold_after", "garbage"])
async def test_lost_answer_leads_to_one_pre_created_channel(office: Office, do: str) -> None:
    office.hurry()
    await office.open()
    office.accounts.fault(do, "CreateChannel")
    await keep(office)
    await office.work()
    office.world.wire.release()
    assert (await precreated(office)).status is ChannelStatus.READY
    assert len(office.telegram.channels.all()) == 1


@pytest.mark.parametrize("method", ["EditTitle", "EditChatAbout"])
@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
async def test_rename_of_a_sold_channel_is_repeated_until_success(office: Office, do: str, method: str) -> None:
    await office.open()
    await keep(office)
    await office.work()
    channel = await sell(office)
    office.accounts.fault(do, method)
    await office.work()
    opened = await office.assert_served(channel)
    assert (opened.title, opened.about) == ("Retador - Retabet - @ana_compra", "Retador · Retabet")
