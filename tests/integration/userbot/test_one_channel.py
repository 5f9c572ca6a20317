"""One purchase leads to one channel, without faults and with every network fault."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.channels.replace_channel import SURE_AFTER, ReplaceChannel
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.infrastructure.jobs.due import DueJobs
from subscriptions.infrastructure.telegram.bot_client import Bots
from subscriptions.infrastructure.telegram.invite_maker import BotInviteMaker
from tests.integration.userbot.conftest import Office
from tests.support.userbot import POLICY, SUBSCRIPTION_BOT
from umbral_sandbox.world.faults import Fault
from umbral_sandbox.world.telegram.refusal import Refused

STEPS = [
    "ResolveUsername",
    "ToggleNoForwards",
    "EditAdmin",
    "GetFullChannel",
    "GetHistory",
    "SendMessage",
    "UpdatePinnedMessage",
    "GetExportedChatInvites",
    "ExportChatInvite",
]
"""Steps in the order of their first use. Names are resolved for the first channel only."""

BREAKS: list[dict[str, Any]] = [
    {"do": "drop_before"},
    {"do": "drop_after"},
    {"do": "error", "code": 500},
    {"do": "error_after", "code": 500},
    {"do": "garbage"},
]


async def test_payer_joins_a_new_channel(office: Office) -> None:
    await office.open()
    ana, channel = await office.customer("Ana", username="ana_k")
    await office.work()
    made = await office.assert_served(channel)
    assert (made.title, made.about) == (channel.title, f"Retador · {_plan(channel.title)}")
    invite = await office.invite(channel)
    assert office.open_link(ana.telegram_id, invite.url) == "requested"
    stranger = office.telegram.people.add_person("Eve")
    assert office.open_link(stranger.id, invite.url) == "requested"
    owner = (await office.stored(channel)).account_id
    assert owner is not None
    assert await office.userbot.scan(owner) == 2
    await office.work()
    assert set(made.members) == {made.owner, ana.telegram_id, *office.bots}
    assert (office.accounts.live_links(made), made.requests) == ([], {})
    with pytest.raises(Refused):
        office.open_link(stranger.id, invite.url)
    async with office.units() as uow:
        (access,) = await uow.accesses.of_channel(channel.id)
    assert access.status is AccessStatus.ACTIVE


def _plan(title: str) -> str:
    return title.split(" - ")[1]


@pytest.mark.parametrize("fault", BREAKS, ids=lambda fault: fault["do"])
async def test_purchase_gets_exactly_one_channel_after_a_network_fault_during_creation(
    office: Office, fault: dict[str, Any]
) -> None:
    await office.open(accounts=2)
    _, channel = await office.customer()
    office.accounts.fault(method="CreateChannel", **fault)
    await office.work()
    await office.assert_served(channel)
    assert len(office.telegram.channels.all()) == 1
    assert office.accounts.calls("CreateChannel") == (1 if "after" in fault["do"] or fault["do"] == "garbage" else 2)


async def test_timed_out_creation_that_succeeded_leads_to_one_channel(office: Office) -> None:
    office.hurry()
    await office.open()
    _, channel = await office.customer()
    office.accounts.fault("hold_after", "CreateChannel")
    await office.work()
    await office.assert_served(channel)
    office.world.wire.release()
    assert len(office.telegram.channels.all()) == 1


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "garbage"])
async def test_failure_of_any_step_after_the_creation_is_repaired(office: Office, fault: str) -> None:
    await office.open()
    for method in STEPS:
        _, channel = await office.customer()
        office.accounts.fault(fault, method)
        await office.work()
        await office.assert_served(channel)
    assert office.world.wire.faults == []
    assert office.accounts.calls("CreateChannel") == len(STEPS)


@pytest.mark.parametrize("method", ["SendMessage", "ExportChatInvite"])
async def test_step_executed_despite_an_error_response_is_not_repeated(office: Office, method: str) -> None:
    await office.open()
    _, channel = await office.customer()
    office.accounts.fault("error_after", method, code=500)
    await office.work()
    await office.assert_served(channel)


@pytest.mark.parametrize(
    ("do", "status"), [("channels_too_much", AccountStatus.FULL), ("restricted", AccountStatus.RESTRICTED)]
)
async def test_account_that_may_not_create_a_channel_is_replaced_by_another_account(
    office: Office, do: str, status: AccountStatus
) -> None:
    await office.open(accounts=2)
    _, channel = await office.customer()
    office.accounts.fault(do, "CreateChannel")
    await office.work()
    await office.assert_served(channel)
    assert ((await office.account(1)).status, (await office.stored(channel)).account_id) == (status, 2)
    assert [(await office.account(number)).channels_used for number in (1, 2)] == [0, 1]


@pytest.mark.parametrize("method", [None, "GetConfig", "CreateChannel"])
async def test_lost_login_is_recorded_and_another_account_creates_the_channel(
    office: Office, method: str | None
) -> None:
    await office.open(accounts=2)
    _, channel = await office.customer()
    office.accounts.fault("auth_lost", method)
    await office.work()
    await office.assert_served(channel)
    assert ((await office.account(1)).status, (await office.stored(channel)).account_id) == (AccountStatus.DEAD, 2)


async def test_flood_wait_is_stored_and_another_account_creates_the_channel(office: Office) -> None:
    await office.open(accounts=2)
    _, channel = await office.customer()
    office.accounts.fault("flood", "CreateChannel", seconds=300)
    await office.work()
    await office.assert_served(channel)
    waiting = await office.account(1)
    until = waiting.waits_until("CreateChannel", office.clock.now())
    assert until is not None
    assert timedelta(seconds=280) < until - office.clock.now() <= timedelta(seconds=330)
    _, second = await office.customer("Bea")
    await office.work()
    assert (await office.stored(second)).account_id == 2


async def test_single_account_waits_until_its_flood_wait_is_over(office: Office) -> None:
    await office.open()
    _, channel = await office.customer()
    before = office.clock.now()
    office.accounts.fault("flood", "EditAdmin", seconds=300)
    await office.work()
    await office.assert_served(channel)
    assert office.clock.now() - before >= timedelta(seconds=300)
    # The refused appointment, and one for each of the three bots.
    assert office.accounts.calls("EditAdmin") == 4


async def test_flood_wait_during_connection_is_stored(office: Office) -> None:
    await office.open()
    _, channel = await office.customer()
    office.accounts.fault("flood", "GetConfig", seconds=300)
    await office.work()
    await office.assert_served(channel)
    assert "connect" in (await office.account(1)).flood_until


async def test_outdated_access_hash_of_a_bot_is_replaced(office: Office) -> None:
    await office.open()
    bot = office.telegram.people.find_bot(SUBSCRIPTION_BOT)
    assert bot is not None
    _, first = await office.customer()
    await office.work()
    await office.assert_served(first)
    async with office.units() as uow:
        known = await uow.accounts.bot_seen_by((await office.account(1)).id, bot.id)
        assert known is not None
        right, known.access_hash = known.access_hash, 4711
        await uow.accounts.save_account_bot(known)
        await uow.commit()
    _, second = await office.customer("Bea")
    await office.work()
    await office.assert_served(second)
    async with office.units() as uow:
        mended = await uow.accounts.bot_seen_by(known.account_id, bot.id)
    assert mended is not None
    assert mended.access_hash == right
    assert office.accounts.calls("ResolveUsername") == 4


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("🎰👨‍👩‍👧‍👦 Ana", None),
        ("<b>Ana</b> & {brand} {0}", None),
        ("Ana " * 50, None),
        ("\u202eanA\n\tde   la\u2003Cruz", None),
        ("Ana", "ana_" + "x" * 28),
    ],
    ids=["emoji", "markup", "200 characters", "odd spaces", "long username"],
)
async def test_customers_with_unusual_names_get_a_channel(office: Office, name: str, username: str | None) -> None:
    await office.open()
    ana, channel = await office.customer(name.strip(), username=username)
    await office.work()
    made = await office.assert_served(channel)
    assert made.title.startswith("Retador - ")
    assert len(made.title) <= 128
    assert "\n" not in made.title
    assert (f"@{username}" in made.title) if username else (" ".join(name.split())[:20] in made.title)
    (welcome,) = [post for post in office.telegram.posts.messages(made) if post.kind == "text"]
    assert " ".join(ana.first_name.split())[:20] in str(welcome.content["text"])
    assert not welcome.content.get("entities")


async def test_manually_deleted_channel_is_recreated(office: Office) -> None:
    await office.open()
    ana, channel = await office.customer()
    await office.work()
    made = await office.assert_served(channel)
    stored = await office.stored(channel)
    assert stored.channel_id is not None
    await office.userbot.desk.record_entry(stored.channel_id, ana.telegram_id)
    bot = office.telegram.people.find_bot(SUBSCRIPTION_BOT)
    assert bot is not None
    bots = Bots(bot.token, [], office.sandbox.url)
    replace = ReplaceChannel(office.units, BotInviteMaker(bots), office.clock, POLICY)
    await replace(channel.id)
    await office.work()
    assert await office.made(channel) is made
    office.telegram.channels.delete(made.owner, made)
    await replace(channel.id)
    office.world.clock.advance(SURE_AFTER)
    await replace(channel.id, is_second_look=True)
    await bots.aclose()
    await office.work()
    async with office.units() as uow:
        another = await uow.channels.personal_of(ana.id, stored.plan_id) if stored.plan_id else None
    assert another is not None
    assert (another.replaces, (await office.stored(channel)).status) == (channel.id, ChannelStatus.DELETED)
    await office.assert_served(another)
    account = await office.account(1)
    assert (account.status, account.channels_used) == (AccountStatus.ACTIVE, 1)


@pytest.mark.parametrize("code", [400, 403])
async def test_channel_with_unreadable_members_is_kept(office: Office, code: int) -> None:
    await office.open()
    _, channel = await office.customer()
    await office.work()
    made = await office.assert_served(channel)
    bot = office.telegram.people.find_bot(SUBSCRIPTION_BOT)
    assert bot is not None
    bots = Bots(bot.token, [], office.sandbox.url)
    office.world.wire.set_faults([Fault(on="bot_api", do="error", code=code, method="getChatMember")])
    await ReplaceChannel(office.units, BotInviteMaker(bots), office.clock, POLICY)(channel.id)
    await bots.aclose()
    assert await office.made(channel) is made
    assert (await office.stored(channel)).status is ChannelStatus.READY


async def test_unused_invite_expires_and_is_renewed_on_demand(office: Office) -> None:
    await office.open()
    ana, channel = await office.customer()
    await office.work()
    made = await office.assert_served(channel)
    office.world.clock.advance(timedelta(hours=24))
    assert await DueJobs(office.engine).release_due(office.clock.now()) == 1
    await office.work()
    assert [link for link in made.links.values() if not link.revoked] == []
    async with office.units() as uow:
        plan = await uow.plans.get(channel.plan_id) if channel.plan_id else None
    assert plan is not None
    renew = RenewInvite(office.units, office.clock, POLICY)
    assert await renew(ana.telegram_id, plan.soft_id)
    await office.work()
    await office.assert_served(channel)
    assert not await renew(ana.telegram_id, plan.soft_id)


async def test_five_concurrent_customers_are_served_by_two_accounts(office: Office) -> None:
    await office.open(accounts=2)
    bought = [await office.customer(f"Cliente {number}") for number in range(5)]
    await asyncio.gather(*(office.userbot.assign(channel.id) for _, channel in bought))
    await office.work()
    for _, channel in bought:
        await office.assert_served(channel)
    assert len(office.telegram.channels.all()) == 5
    assert sorted([(await office.account(number)).channels_used for number in (1, 2)]) == [2, 3]
