"""Messages about channels, with facts read from a shop."""

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
async def test_delay_message_names_the_plan_or_else_the_channel_title(shop: Shop, plan_gone: bool):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    async with shop.units() as uow:
        [access] = await uow.accesses.of_customer(ana.id)
        channel = await uow.channels.get(access.channel_id)
        assert channel is not None
        channel.plan_id = None if plan_gone else channel.plan_id
        await uow.channels.save(channel)
        notified = await ProvisioningDelayedMessage.load(Sources(uow, shop.policy, shop.clock.now()), channel.id)
    assert notified is not None
    assert (notified.plan_name, notified.ready) == (channel.title if plan_gone else plan.name, None)


@pytest.mark.parametrize(
    ("about", "word"),
    [({}, "first"), ({"status": SubscriptionStatus.TRIALING}, "trial"), ({"order_id": None}, "given")],
    ids=["paid", "trial", "granted"],
)
async def test_invite_message_depends_on_whether_access_was_paid_trial_or_granted(
    shop: Shop, about: dict[str, Any], word: str
):
    order = samples.order(await shop.customer(), await shop.plan())
    subscription = replace(samples.subscription(order), **about)
    channel = samples.ready_channel(subscription)
    invite = samples.invite(channel)
    async with shop.units() as uow:
        await uow.orders.save(order)
        await uow.subscriptions.save(subscription)
        await uow.channels.save(channel)
        await uow.channels.add_invite(invite)
        reported = await InviteReady.load(Sources(uow, shop.policy, shop.clock.now()), invite.id)
    assert reported is not None
    assert reported.word == word
    # Only a trial announces its first charge: the others were paid, or are never charged.
    charge = subscription.next_charge if word == "trial" else None
    assert (reported.charge, reported.next_amount) == (charge, order.price if charge is not None else None)
