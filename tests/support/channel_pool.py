"""A shop in memory whose userbot accounts create personal channels ahead of demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from subscriptions.application.access.personal_channel import take_precreated_channel
from subscriptions.application.channels.keep_precreated_channels import KeepPrecreatedChannels
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from tests.fakes import samples
from tests.fakes.provisioner import MadeChannel
from tests.support.purchase import BOTS, Purchase
from tests.support.userbot import POLICY, add_account, introduce

PACE = timedelta(seconds=90)


class ChannelPool(Purchase):
    """Userbot accounts that keep a given number of pre-created channels."""

    def __init__(self, wanted: int) -> None:
        super().__init__(replace(POLICY, channel_stock=wanted))
        self.keep = KeepPrecreatedChannels(self.units, self.clock, replace(POLICY, channel_stock=wanted))

    async def open(self, accounts: int = 1, **terms: object) -> None:
        """Create the given number of accounts, and the bots, without a purchase."""
        for _ in range(accounts):
            await add_account(self.units, **({"pace": PACE} | terms))
        await introduce(self.units, BOTS)

    async def fill(self, times: int = 12) -> None:
        """Run the scheduled check of the pre-created channels repeatedly, with the jobs that the check enqueues."""
        for _ in range(times):
            await self.keep()
            await self.work()
            self.clock.advance(PACE)

    async def rows(self) -> list[Channel]:
        """Return the stored pre-created channels."""
        async with self.units() as uow:
            return list(await uow.channels.precreated())

    async def sell(self) -> Channel:
        """Sell a plan and return its channel: a pre-created one or, if there is none, a newly planned one."""
        buyer, plan = samples.customer(), samples.plan()
        order = samples.order(buyer, plan)
        bought = samples.subscription(order)
        now = self.clock.now()
        async with self.units() as uow:
            await uow.customers.add_if_new(buyer)
            await uow.plans.save(plan)
            await uow.orders.add_if_new(order)
            await uow.subscriptions.save(bought)
            title = f"Retador - {plan.name} - {buyer.mention}"
            channel = await take_precreated_channel(uow, bought, title, now)
            if channel is None:
                channel = Channel.plan_personal(buyer.id, plan.id, bought.id, title, now)
                assert await uow.channels.add_if_new(channel)
            await uow.accesses.save(Access.request(buyer.id, channel.id, now))
            await uow.commit()
        self.buyer, self._channel, self._plan = buyer, channel, plan.id
        return channel

    def at_telegram(self, channel: Channel) -> MadeChannel:
        """Return the channel's data at Telegram."""
        return next(made for made in self.telegram.channels if made.bears(channel.marker))
