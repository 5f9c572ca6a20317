"""What is said of channels, read from a shop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.channel_messages import InviteReady, ProvisioningDelayedMessage
from subscriptions.domain.entities.subscription import SubscriptionStatus
from tests.fakes import samples
from tests.fakes.shop import Shop


@pytest.mark.parametrize("plan_gone", [False, True])
async def test_who_waits_for_a_channel_is_told_of_its_plan_or_else_its_title(shop: Shop, plan_gone: bool):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    async with shop.units() as uow:
        [access] = await uow.accesses.of_customer(ana.id)
        channel = await uow.channels.get(access.channel_id)
        assert channel is not None
        channel.plan_id = None if plan_gone else channel.plan_id
        await uow.channels.save(channel)
        told = await ProvisioningDelayedMessage.gather(Sources(uow, shop.policy, shop.clock.now()), channel.id)
    assert told is not None
    assert (told.plan_name, told.ready) == (channel.title if plan_gone else plan.name, None)


@pytest.mark.parametrize(
    ("about", "word"),
    [({}, "first"), ({"status": SubscriptionStatus.TRIALING}, "trial"), ({"order_id": None}, "given")],
    ids=["paid", "trial", "given"],
)
async def test_a_link_says_what_came_before_it(shop: Shop, about: dict[str, Any], word: str):
    order = samples.order(await shop.customer(), await shop.plan())
    subscription = replace(samples.subscription(order), **about)
    channel = samples.ready_channel(subscription)
    invite = samples.invite(channel)
    async with shop.units() as uow:
        await uow.orders.save(order)
        await uow.subscriptions.save(subscription)
        await uow.channels.save(channel)
        await uow.channels.add_invite(invite)
        told = await InviteReady.gather(Sources(uow, shop.policy, shop.clock.now()), invite.id)
    assert told is not None
    assert told.word == word
