"""Removal from a channel and return over the network: the bot through the Bot API, the owning account through
MTProto.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from subscriptions.application.access.remove_person import RemovePerson
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import AccessId, ChannelId, ChatId, TelegramId
from subscriptions.infrastructure.database.figures import Figures
from subscriptions.infrastructure.jobs.due import DueJobs
from subscriptions.infrastructure.jobs.queue import decode
from subscriptions.infrastructure.telegram.bot_chat_membership import BotChatMembership
from subscriptions.infrastructure.telegram.bot_client import Bots
from tests.integration.userbot.conftest import SUBSCRIPTION_RIGHTS, Office, eventually
from tests.support.userbot import POLICY, SUBSCRIPTION_BOT, Userbot
from umbral_sandbox.world.faults import Fault
from umbral_sandbox.world.telegram.channel_records import Channel as WorldChannel
from umbral_sandbox.world.telegram.refusal import Refused


class Desk:
    """Office whose bot handles join requests."""

    def __init__(self, office: Office) -> None:
        self.office = office
        bot = office.telegram.people.find_bot(SUBSCRIPTION_BOT)
        assert bot is not None
        self.bot = bot
        self.bots = Bots(bot.token, [], office.sandbox.url)
        self.chat_membership = BotChatMembership(self.bots)
        self.remove = RemovePerson(office.units, self.chat_membership, office.userbot.leaving)
        self.ana: Customer
        self.channel: Channel
        self.made: WorldChannel

    async def open(self) -> None:
        """Admit Ana to her channel."""
        self.ana, self.channel = await self.office.customer("Ana", username="ana_k")
        await self.work()
        self.made = await self.office.assert_served(self.channel)
        await self.enter()

    async def enter(self) -> None:
        """Open Ana's link as Ana and admit her."""
        invite = await self.office.invite(self.channel)
        assert self.office.open_link(self.ana.telegram_id, invite.url) == "requested"
        assert await self._scanned() == 1
        await self.work()
        assert self.ana.telegram_id in self.made.members

    async def _scanned(self) -> int:
        """Answer the pending join requests once the account may be opened, and return their number. A recent connection
        can delay the opening.
        """
        account = await self.office.account(1)
        while True:
            try:
                return await self.office.userbot.scan(account.id)
            except RetryLater as rest:
                await asyncio.sleep((rest.delay or timedelta()).total_seconds())

    async def work(self) -> None:
        """Run all jobs of the bot and the userbot until none is left."""
        while True:
            await self.office.work()
            taken = await self._taken()
            if not taken:
                return
            for name, payload in taken:
                if name == jobs.RemovePerson.name:
                    await self.remove(AccessId(jobs.RemovePerson.parse(payload).access_id))
                else:
                    job = jobs.RemoveStranger.parse(payload)
                    await self.remove.from_channel(ChannelId(job.channel_id), TelegramId(job.telegram_id))

    async def _taken(self) -> list[tuple[str, object]]:
        async with self.office.engine.begin() as connection:
            rows = await connection.execute(
                text("DELETE FROM pgqueuer WHERE entrypoint LIKE 'bot.remove%' RETURNING id, entrypoint, payload")
            )
            return [(row.entrypoint, decode(row.payload)) for row in sorted(rows, key=lambda row: row.id)]

    async def access(self) -> Access:
        """Return Ana's stored access."""
        async with self.office.units() as uow:
            found = await uow.accesses.find(self.ana.id, self.channel.id)
        assert found is not None
        return found

    async def end(self) -> None:
        """End Ana's access."""
        async with self.office.units() as uow:
            access = await uow.accesses.find(self.ana.id, self.channel.id, lock=True)
            assert access is not None
            access.end()
            await uow.accesses.save(access)
            await uow.commit()

    async def grant(self) -> None:
        """Grant Ana access again."""
        async with self.office.units() as uow:
            channel = await uow.channels.get(self.channel.id, lock=True)
            access = await uow.accesses.find(self.ana.id, self.channel.id, lock=True)
            assert channel is not None
            assert access is not None
            assert channel.thaw()
            access.grant()
            await uow.channels.save(channel)
            await uow.accesses.save(access)
            await uow.commit()

    async def pass_time(self, span: timedelta) -> None:
        """Advance the clock and run the due jobs."""
        self.office.world.clock.advance(span)
        await DueJobs(self.office.engine).release_due(self.office.clock.now())
        await self.work()

    def intrude(self) -> int:
        """Add a stranger through a link that an admin created manually, and return the stranger's id."""
        eve = self.office.telegram.people.add_person("Eve")
        link = self.office.telegram.invites.export(self.made.owner, self.made)
        assert self.office.open_link(eve.id, link.url) == "joined"
        return eve.id


@pytest.fixture
async def desk(office: Office) -> AsyncIterator[Desk]:
    """Build a Desk in which Ana is a member of her channel."""
    await office.open()
    opened = Desk(office)
    await opened.open()
    yield opened
    await opened.bots.aclose()


async def test_customer_returns_to_the_same_channel_after_one_removal_and_loses_it_after_another(desk: Desk) -> None:
    office, made = desk.office, desk.made
    await desk.end()
    await desk.work()
    assert set(made.members) == {made.owner, *office.bots}
    assert (made.banned, made.requests, office.accounts.live_links(made)) == ({}, {}, [])
    frozen = await office.stored(desk.channel)
    assert (frozen.status, (await desk.access()).status) == (ChannelStatus.FROZEN, AccessStatus.REVOKED)
    await desk.pass_time(timedelta(days=29))
    await desk.grant()
    await desk.work()
    await desk.enter()
    assert (await office.stored(desk.channel)).channel_id == frozen.channel_id
    await desk.end()
    await desk.work()
    await desk.pass_time(timedelta(days=2))
    assert not made.deleted
    await desk.pass_time(timedelta(days=28))
    assert made.deleted
    assert (await office.stored(desk.channel)).status is ChannelStatus.DELETED
    assert (await office.account(1)).channels_used == 0


@pytest.mark.parametrize("method", ["banChatMember", "getChatMember", "unbanChatMember"])
@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
async def test_lost_answer_during_a_removal_is_retried(desk: Desk, method: str, do: str) -> None:
    await desk.end()
    desk.office.world.wire.set_faults([Fault(on="bot_api", do=do, method=method, times=1)])
    with pytest.raises(Ambiguous):
        await desk.work()
    assert (await desk.access()).status is AccessStatus.REVOKING
    await desk.remove((await desk.access()).id)
    assert (await desk.access()).status is AccessStatus.REVOKED
    assert desk.ana.telegram_id not in desk.made.members
    assert desk.made.banned == {}


@pytest.mark.parametrize("how", ["without the right", "kicked"])
async def test_account_removes_a_customer_if_the_bot_cannot(desk: Desk, how: str) -> None:
    channels, made = desk.office.telegram.channels, desk.made
    left = set() if how == "kicked" else SUBSCRIPTION_RIGHTS - {"can_restrict_members"}
    channels.edit_admin(made.owner, made, desk.bot.id, left)
    await desk.end()
    await desk.work()
    assert (await desk.access()).status is AccessStatus.REVOKED
    assert desk.ana.telegram_id not in made.members
    assert made.banned == {}


@pytest.mark.parametrize("notified", [True, False], ids=["update", "member audit"])
async def test_stranger_in_a_channel_is_removed_and_counted(desk: Desk, notified: bool) -> None:
    eve, office = TelegramId(desk.intrude()), desk.office
    stored = await office.stored(desk.channel)
    assert stored.channel_id is not None
    assert stored.account_id is not None
    if notified:
        await office.userbot.desk.record_entry(stored.channel_id, eve)
    else:
        assert await office.userbot.audit_members(stored.account_id) == 1
    await desk.work()
    assert set(desk.made.members) == {desk.made.owner, desk.ana.telegram_id, *office.bots}
    assert desk.made.banned == {}
    assert (await Figures(office.engine, office.clock)())["umbral_strangers"] == {"stranger.removed": 1}
    assert office.accounts.live_links(desk.made) == []


async def test_manually_appointed_admin_is_not_removed(desk: Desk) -> None:
    office, made = desk.office, desk.made
    friend = desk.intrude()
    office.telegram.channels.edit_admin(made.owner, made, friend, {"can_post_messages"})
    stored = await office.stored(desk.channel)
    assert stored.account_id is not None
    await office.userbot.audit_members(stored.account_id)
    await desk.work()
    assert friend in made.members


async def test_payer_in_too_many_channels_is_admitted_after_leaving_a_channel(office: Office) -> None:
    await office.open()
    desk = Desk(office)
    ana, channel = await office.customer("Ana")
    desk.ana, desk.channel = ana, channel
    await desk.work()
    desk.made = await office.assert_served(channel)
    assert office.open_link(ana.telegram_id, (await office.invite(channel)).url) == "requested"
    others = [office.telegram.channels.create(ana.telegram_id, f"Canal {number}") for number in range(500)]
    stored = await office.stored(channel)
    assert stored.channel_id is not None
    for _ in range(2):
        await office.userbot.desk.answer(stored.channel_id, ana.telegram_id, desk.chat_membership)
    access = await desk.access()
    assert (access.status, access.reason) == (AccessStatus.ACTION_REQUIRED, "too_many_channels")
    office.telegram.channels.delete(ana.telegram_id, others[0])
    await office.userbot.desk.answer(stored.channel_id, ana.telegram_id, desk.chat_membership)
    assert (await desk.access()).status is AccessStatus.ACTIVE
    assert ana.telegram_id in desk.made.members
    await desk.bots.aclose()


async def test_single_use_link_used_by_a_stranger_is_replaced(office: Office) -> None:
    await office.open()
    policy = replace(POLICY, invite_by_request=False)
    office.userbot = Userbot(office.units, office.replica, office.clock, policy)
    desk = Desk(office)
    desk.ana, desk.channel = await office.customer("Ana")
    await desk.work()
    desk.made = await office.assert_served(desk.channel)
    first = (await office.invite(desk.channel)).url
    eve = office.telegram.people.add_person("Eve")
    assert office.open_link(eve.id, first) == "joined"
    with pytest.raises(Refused):
        office.open_link(desk.ana.telegram_id, first)
    owner = (await office.account(1)).id
    await office.userbot.scan(owner)
    await desk.work()
    assert eve.id not in desk.made.members
    second = (await office.invite(desk.channel)).url
    assert second != first
    with pytest.raises(Refused):
        office.open_link(eve.id, first)
    assert office.open_link(desk.ana.telegram_id, second) == "joined"
    await office.userbot.scan(owner)
    await desk.work()
    assert (await desk.access()).status is AccessStatus.ACTIVE
    assert office.accounts.live_links(desk.made) == []
    await desk.bots.aclose()


async def test_second_channel_from_a_delayed_creation_is_deleted(office: Office) -> None:
    office.hurry()
    await office.open()
    _, channel = await office.customer()
    office.accounts.fault("hold_before", "CreateChannel")
    await office.work()
    await office.assert_served(channel)
    assert len(office.telegram.channels.all()) == 1
    office.world.wire.release()
    second = await _second(office)
    office.world.clock.advance(timedelta(seconds=30))
    await DueJobs(office.engine).release_due(office.clock.now())
    await office.work()
    assert second.deleted
    await office.assert_served(channel)


async def _second(office: Office) -> WorldChannel:
    await eventually(lambda: len(office.telegram.channels.all()) == 2)
    return office.telegram.channels.all()[1]


async def test_admin_rights_of_the_bot_are_returned_or_none_if_missing(desk: Desk) -> None:
    office, bot = desk.office, TelegramId(desk.bot.id)
    chat = (await office.stored(desk.channel)).channel_id
    assert chat is not None
    rights = await desk.chat_membership.bot_rights(chat, bot)
    assert rights is not None
    assert {"can_invite_users", "can_restrict_members"} <= set(rights)
    office.telegram.channels.edit_admin(desk.made.owner, desk.made, desk.bot.id, set())
    assert await desk.chat_membership.bot_rights(chat, bot) is None
    assert await desk.chat_membership.bot_rights(ChatId(-1009999999999), bot) is None
